import { readFileSync } from 'node:fs';
import { SCENARIOS } from '../scenarios/registry.ts';
import { builtInLayer } from '../src/model/chosen-layer.ts';
import { defaultValues } from '../src/model/parameters.ts';
import { planOf } from '../src/model/scenario.ts';
import { serversOf } from '../src/model/servers.ts';
import { nowNs } from '../src/platform/clock.ts';
import { processUse } from '../src/platform/process-use.ts';
import type { RunRequest } from '../src/result/request.ts';
import type { RunResult } from '../src/result/run-result.ts';
import { attemptRun } from '../src/studies/attempt-run.ts';
import { SharedTrials } from '../src/studies/capacity/shared-trials.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * What a trial of a capacity search takes beside its measure phase: with processes of its own, and where trials share them. Both sides
 * run the same request in turn, at rates that rise and fall. The shared processes are idle while the others are measured: what they use
 * meanwhile is what each side of a comparison of capacities pays for the other.
 */
const PROCESSES = 2;
const WARMUP_MS = 1000;
const DURATION_MS = 1000;
const RATES_PER_SECOND = [25, 50, 100, 200, 100, 50, 100, 200];
const OPTIONS = { stop: new AbortController().signal, onEvent: () => undefined };

function trialAt(ratePerSecond: number, seed: number): RunRequest {
  const own = { ratePerSecond, warmupMs: WARMUP_MS, durationMs: DURATION_MS };
  const parameters = { ...defaultValues(SCENARIOS.fanout.parameters), ...own };
  return {
    scenario: { name: 'fanout', parameters },
    plan: planOf(SCENARIOS.fanout, parameters, { processes: PROCESSES }),
    layer: builtInLayer('redis', []),
    servers: serversOf('node', PROCESSES),
    drivers: null,
    hosts: null,
    mayBreakRedis: false,
    prefix: null,
    seed,
    limits: [],
    tags: {},
    command: '',
  };
}

interface Side {
  readonly seconds: number;
  readonly result: RunResult;
}

/** Seconds beyond the measure phase; a trial that could not be completed ends the bench. */
async function timed(run: () => ReturnType<typeof attemptRun>): Promise<Side> {
  const begin = nowNs();
  const result = await run();
  if (!('validity' in result)) throw result;
  return { seconds: (nowNs() - begin) / 1e9 - result.run.durationSeconds, result };
}

/** CPU seconds of processes so far, all together. */
async function cpuSecondsOf(pids: readonly number[]): Promise<number> {
  const used = await Promise.all(pids.map(processUse));
  return used.reduce((sum, use) => sum + (use?.cpuSeconds ?? 0), 0);
}

/** What the processes that are there now use while something else goes on: CPU seconds a second. */
async function idleWhile<T>(run: () => Promise<T>): Promise<{ readonly done: T; readonly idle: number }> {
  const pids = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const [begin, before] = [nowNs(), await cpuSecondsOf(pids)];
  const done = await run();
  return { done, idle: ((await cpuSecondsOf(pids)) - before) / ((nowNs() - begin) / 1e9) };
}

const shared = new SharedTrials(OPTIONS);
const pairs: { own: Side; shared: Side; idle: number }[] = [];
try {
  for (const [index, ratePerSecond] of RATES_PER_SECOND.entries()) {
    const request = trialAt(ratePerSecond, index);
    const { done: own, idle } = await idleWhile(() => timed(() => attemptRun(request, OPTIONS)));
    pairs.push({ own, idle, shared: await timed(() => shared.attempt(request)) });
  }
} finally {
  await shared.end();
}
// The first trial of shared processes starts them, and so does one after a trial that was not valid.
const following = pairs.filter((pair) => pair.shared.result.run.session !== undefined);
const secondsOf = (side: 'own' | 'shared'): number => median(following.map((pair) => pair[side].seconds));
printTable(
  ['trial', 'seconds beside its measure phase (median)', 'ratio (median of pairs)'],
  [
    ['with processes of its own', secondsOf('own').toFixed(2), '1.00'],
    [
      'over shared processes',
      secondsOf('shared').toFixed(2),
      ratio(median(following.map((pair) => pair.shared.seconds / pair.own.seconds))),
    ],
  ],
);
console.log(
  `idle meanwhile, ${PROCESSES} servers with driver and Redis: ${(100 * median(following.map(({ idle }) => idle))).toFixed(1)} % of a core`,
);
const expected = (side: 'own' | 'shared'): string => pairs.map((pair) => pair[side].result.ledger.expected).join(', ');
console.log(
  `${following.length} of ${pairs.length} trials followed another; expected deliveries ${expected('own')} and ${expected('shared')}`,
);
