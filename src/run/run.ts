import type { RunRequest } from '../result/request.ts';
import { RunSession, type MeasureOptions } from './session.ts';
import type { SessionOptions } from './session-parts.ts';

export interface RunOptions<Saved> extends SessionOptions, MeasureOptions<Saved> {}

/**
 * Runs one request from start to stop: warden, Redis, servers, drivers; connect, probe, warmup, measure, drain,
 * collect. Saves a result as soon as something was measured, however the run ended, and gives what `save` gave; else throws
 * a BenchError. Nothing that it started is left when it returns. A clean-up that fails is a notice: it takes away neither the
 * result nor the error before it.
 */
export async function runOnce<Saved>(request: RunRequest, options: RunOptions<Saved>): Promise<Saved> {
  const session = await RunSession.start(request, options);
  try {
    return await session.measure(options);
  } finally {
    await session.end();
  }
}
