import { probePairs } from './phases/probe.ts';
import { socketUrl, clientUrls, connect, aim } from './phases/connect.ts';
import { checkDescriptors, prepareRedis, startProcesses, startProxy, startWarden } from './phases/start.ts';
import { intervalSeconds } from '../model/interval-length.ts';
import { messageOf } from '../model/errors.ts';
import { known, sumOf, unknown, type Figure } from '../model/figure.ts';
import type { RunEvent, RunRequest } from '../result/request.ts';
import type { RunResult } from '../result/run-result.ts';
import { hostFacts } from '../platform/host.ts';
import { assembleResult } from './assembly/assemble.ts';
import type { Preload } from './child.ts';
import { judgeClocks, readClocks, readClocksAgain, type Pings } from './clock-check.ts';
import { Ending } from './ending.ts';
import { measure, type MeasuredInterims } from './measurement.ts';
import type { InterimOptions } from './interim.ts';
import type { Measured } from './assembly/measured.ts';
import { DriverInbox } from './driver-inbox.ts';
import { PhaseLog } from './phase-log.ts';
import { newRunId, wallClock } from './run-id.ts';
import type { ServersUnderTest } from './systems/server-under-test.ts';

/** Sockets that one driver carries before another is started. */
const SOCKETS_PER_DRIVER = 5000;

export interface RunOptions<Saved> {
  /** First Ctrl-C: stop sending, drain, and give what there is. */
  readonly stop: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** Gets the result while the processes still run, so that a slow or failing end cannot lose it. */
  readonly save: (result: RunResult) => Promise<Saved>;
  /** Gets what is known while the run goes on, again and again: a result whose state is partial, which `save` then replaces. */
  readonly interim?: InterimOptions;
  readonly preload?: Preload;
}

/**
 * Runs one request from start to stop: warden, Redis, servers, drivers; connect, probe, warmup, measure, drain,
 * collect. Saves a result as soon as something was measured, however the run ended, and gives what `save` gave; else throws
 * a BenchError. Nothing that it started is left when it returns. A clean-up that fails is a notice: it takes away neither the
 * result nor the error before it.
 */
export async function runOnce<Saved>(request: RunRequest, options: RunOptions<Saved>): Promise<Saved> {
  let saved: { readonly value: Saved } | null = null;
  const save = async (result: RunResult): Promise<Saved> => {
    const value = await options.save(result);
    saved = { value };
    return value;
  };
  try {
    return await runAndClean(request, { ...options, save });
  } catch (error) {
    const failures = inOrder(error);
    const kept = saved as { readonly value: Saved } | null;
    for (const failure of kept === null ? failures.slice(1) : failures)
      options.onEvent({ kind: 'notice', message: `the clean-up after the run failed: ${messageOf(failure)}` });
    if (kept === null) throw failures[0];
    return kept.value;
  }
}

/** What failed while something else was disposed of, after it: `await using` throws both as one. */
function inOrder(error: unknown): readonly unknown[] {
  if (!(error instanceof Error && 'suppressed' in error && 'error' in error)) return [error];
  return [...inOrder(error.suppressed), ...inOrder(error.error)];
}

async function runAndClean<Saved>(request: RunRequest, options: RunOptions<Saved>): Promise<Saved> {
  const runId = newRunId();
  const startedAt = wallClock();
  const phases = new PhaseLog(runId.id, options.onEvent);
  const ending = new Ending(options.stop, () => phases.current);
  const drivers = request.drivers ?? Math.max(1, Math.ceil(request.plan.sockets.length / SOCKETS_PER_DRIVER));
  phases.enter('start');
  await checkDescriptors(request, drivers);
  await using warden = await startWarden(ending);
  await using redis = await prepareRedis(request, runId, warden, ending);
  const inbox = new DriverInbox(intervalSeconds(request.plan.durationMs), options.onEvent);
  await using system = await startProcesses({
    request,
    runId,
    drivers,
    warden,
    hosts: redis.hosts,
    ending,
    inbox,
    preload: options.preload ?? (() => []),
    onNotice: (message) => options.onEvent({ kind: 'notice', message }),
  });
  const { servers, fleet } = system;
  await ending.unlessEnded(redis.findOut(servers));
  await using proxy = await startProxy(request, runId, servers, warden, ending);
  const urls = clientUrls(runId, servers, proxy);
  const rssBeforeSockets = await ending.unlessEnded(rssOf(servers));
  phases.enter('connect');
  const sockets = await connect(fleet, request, urls, ending);
  await ending.unlessEnded(aim(fleet, request, sockets));
  const clocks = await ending.unlessEnded(readClocks(servers, fleet));
  phases.enter('probe');
  const toProbe = servers.members.map(({ scheme, address }) => socketUrl(scheme, address, runId));
  const probed = await ending.unlessEnded(probePairs(fleet, request, toProbe));
  options.onEvent({ kind: 'probed', crossed: probed });
  const resultOf = async (measured: Measured, clocksAfter: readonly Pings[]): Promise<RunResult> =>
    assembleResult({
      request,
      runId,
      startedAt,
      phases: phases.list(),
      servers,
      fleet,
      redis: redis.backend,
      clocks: judgeClocks(clocks, clocksAfter),
      measured,
      ending,
      host: await hostFacts(),
    });
  const { onEvent } = options;
  const context = { request, servers, fleet, redis, proxy, sockets, rssBeforeSockets, probed, phases, ending, onEvent };
  const measured = await measure(
    context,
    inbox,
    interimsOf(options, (known) => resultOf(known, [])),
  );
  phases.enter('stop');
  return await options.save(await resultOf(measured, await readClocksAgain(servers, fleet, measured)));
}

function interimsOf(
  { interim }: Pick<RunOptions<unknown>, 'interim'>,
  resultOf: (known: Measured) => Promise<RunResult>,
): MeasuredInterims | null {
  if (interim === undefined) return null;
  const save = async (known: Measured, isOver: () => boolean): Promise<void> => {
    const result = await resultOf(known);
    if (!isOver()) await interim.save(result);
  };
  return { ...interim, save };
}

async function rssOf(servers: ServersUnderTest): Promise<Figure> {
  const reports = await Promise.all(servers.members.map((member) => servers.report(member.index, 0, null)));
  return sumOf(reports.map(({ rssBytes }, i) => (rssBytes === null ? unknown(`server ${i} does not tell its memory`) : known(rssBytes))));
}
