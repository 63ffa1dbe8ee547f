import type { BenchError } from '../../model/errors.ts';
import type { RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import { RunSession } from '../../run/session.ts';
import { resultOrError, type AttemptOptions } from '../attempt-run.ts';

/**
 * Runs trials over the same processes for as long as these are as they were started: a trial that is not valid, or could not be
 * completed, is the last one of its processes. Whoever makes one ends it.
 */
export class SharedTrials {
  private readonly options: AttemptOptions;
  private session: RunSession | null = null;

  constructor(options: AttemptOptions) {
    this.options = options;
  }

  /** As `attemptRun`. */
  async attempt(request: RunRequest): Promise<RunResult | BenchError> {
    const attempted = await resultOrError(async () => {
      const session = await this.sessionFor(request);
      return session.measure({ save: async (result) => result });
    }).catch(async (error: unknown) => {
      await this.end();
      throw error;
    });
    if (!('validity' in attempted) || !attempted.validity.valid) await this.end();
    return attempted;
  }

  /** Waits until nothing of the last trial is under way, so that it takes no time from what others measure next; ends processes that do not get there. */
  async settle(): Promise<void> {
    if ((await this.session?.settle()) === false) await this.end();
  }

  /** Ends the processes of the last trial. */
  async end(): Promise<void> {
    const { session } = this;
    this.session = null;
    await session?.end();
  }

  private async sessionFor(request: RunRequest): Promise<RunSession> {
    if ((await this.session?.prepare(request)) === true) return this.session!;
    await this.end();
    return (this.session = await RunSession.start(request, this.options));
  }
}
