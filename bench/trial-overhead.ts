import { SCENARIOS } from '../scenarios/registry.ts';
import { builtInLayer } from '../src/model/chosen-layer.ts';
import { defaultValues } from '../src/model/parameters.ts';
import { planOf } from '../src/model/scenario.ts';
import { serversOf } from '../src/model/servers.ts';
import { nowNs } from '../src/platform/clock.ts';
import type { RunRequest } from '../src/result/request.ts';
import type { RunResult } from '../src/result/run-result.ts';
import { attemptRun } from '../src/studies/attempt-run.ts';
import { SharedTrials } from '../src/studies/capacity/shared-trials.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * What a trial of a capacity search takes beside its measure phase: with processes of its own, and where trials share them. Both sides
 * run the same request in turn, at rates that rise and fall.
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

const shared = new SharedTrials(OPTIONS);
const pairs: { own: Side; shared: Side }[] = [];
try {
  for (const [index, ratePerSecond] of RATES_PER_SECOND.entries()) {
    const request = trialAt(ratePerSecond, index);
    pairs.push({ own: await timed(() => attemptRun(request, OPTIONS)), shared: await timed(() => shared.attempt(request, false)) });
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
const expected = (side: 'own' | 'shared'): string => pairs.map((pair) => pair[side].result.ledger.expected).join(', ');
console.log(
  `${following.length} of ${pairs.length} trials followed another; expected deliveries ${expected('own')} and ${expected('shared')}`,
);
