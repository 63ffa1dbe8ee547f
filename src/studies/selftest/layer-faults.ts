import { LatencyReader } from '../../stats/histogram.ts';
import { parseLimit } from '../../result/limits.ts';
import type { RunResult } from '../../result/run-result.ts';
import { NS_PER_SECOND } from '../../model/units.ts';
import { countOf, type PlantedFault } from './planted-faults.ts';
import { selftestRequest } from './requests.ts';
import { equal, said, within, type Finding, type RunRow } from './row.ts';

/* Faults of deliveries, planted by the faulty layer. */

/** Only too much that never arrived makes a p99 miss its limit. */
const FAR_LIMIT = parseLimit('p99<60s');
const PLAIN = {
  ...selftestRequest({ scenario: 'fanout', layer: 'memory', parameters: { members: 20, ratePerSecond: 250, durationMs: 2000 } }),
  limits: [FAR_LIMIT],
};
const SLOW = selftestRequest({ scenario: 'fanout', layer: 'memory', parameters: { members: 50, ratePerSecond: 10, durationMs: 5000 } });
const STALLED = selftestRequest({
  scenario: 'fanout',
  layer: 'memory',
  parameters: { members: 10, ratePerSecond: 100, durationMs: 4000 },
});

const DOUBLE_MEMBERS = 10;
const DOUBLE_RATE = 200;
/** Twice what the planted service carries, which works off the rest in the drain. */
const DOUBLE = selftestRequest({
  scenario: 'fanout',
  layer: 'memory',
  parameters: { members: DOUBLE_MEMBERS, ratePerSecond: DOUBLE_RATE, durationMs: 3000, warmupMs: 0 },
});
const OWED_PER_SECOND = DOUBLE_MEMBERS * DOUBLE_RATE;
/** Deliveries a second that the planted service has time for. */
function carriedPerSecond(log: readonly PlantedFault[]): number {
  return (DOUBLE_MEMBERS * NS_PER_SECOND) / (log.find(({ kind }) => kind === 'serve')?.ns ?? NaN);
}
const warnedOf = ({ warnings }: RunResult): string => warnings.map(({ code }) => code).join(', ');

const lossless = ({ ledger }: RunResult): readonly Finding[] => [equal('deliveries lost', 0, ledger.lostTotal)];

export const LAYER_ROWS: readonly RunRow[] = [
  {
    kind: 'run',
    name: 'deliveries are dropped',
    planted: { request: PLAIN, faults: 'drop' },
    unplanted: PLAIN,
    find: ({ ledger }, log) => [
      equal('unexplained', countOf(log, 'drop'), ledger.lost.unexplained),
      equal('lost in all', countOf(log, 'drop'), ledger.lostTotal),
    ],
    findNothing: lossless,
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'deliveries are dropped, and others doubled, swapped with the next, damaged',
    planted: { request: PLAIN, faults: 'drop+duplicate+swap+corrupt' },
    unplanted: PLAIN,
    find: ({ ledger }, log) => [
      equal('duplicates', countOf(log, 'duplicate'), ledger.duplicates),
      equal('reordered', countOf(log, 'swap'), ledger.reordered),
      equal('extent of it', 1, ledger.reorderExtentMax),
      equal('corrupt', countOf(log, 'corrupt'), ledger.corrupt),
      equal('unexplained', countOf(log, 'drop') + countOf(log, 'corrupt'), ledger.lost.unexplained),
      equal('lost in all', countOf(log, 'drop') + countOf(log, 'corrupt'), ledger.lostTotal),
    ],
    findNothing: ({ ledger }) => [
      equal('duplicates', 0, ledger.duplicates),
      equal('reordered', 0, ledger.reordered),
      equal('corrupt', 0, ledger.corrupt),
      equal('deliveries lost', 0, ledger.lostTotal),
    ],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'the slowest half of the deliveries is dropped',
    planted: { request: PLAIN, faults: 'slowHalf' },
    unplanted: PLAIN,
    find: (result, log) => [
      equal('lost in all', countOf(log, 'slowHalf'), result.ledger.lostTotal),
      equal('share that is missing', countOf(log, 'slowHalf') / result.ledger.expected, result.latency.response!.missingRatio ?? 0),
      said('p99 is a lower bound', boundsOf(result), /p99/),
      said('p50 is one', boundsOf(result), /p50/, false),
      equal('limits on p99 that hold', 0, farLimitsHeld(result)),
    ],
    findNothing: (result) => [
      said('p99 is a lower bound', boundsOf(result), /p99/, false),
      equal('limits on p99 that hold', 1, farLimitsHeld(result)),
    ],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'one delivery in 50 comes 50 ms late',
    planted: { request: SLOW, faults: 'delay' },
    unplanted: SLOW,
    find: (result, log) => [
      within('transit over 50 ms', countOf(log, 'delay'), countOf(log, 'delay') + 5, transitAbove(result, 50_000 * (1 - HDR_ERROR))),
      equal('transit p50 over 25 ms', 0, Number(result.latency.transit!.p50 > 25_000)),
      ...lossless(result),
    ],
    findNothing: (result) => [within('transit over 50 ms', 0, 5, transitAbove(result, 50_000))],
    isTimed: true,
  },
  {
    kind: 'run',
    name: 'the event loop of the server is blocked for 2 s',
    planted: { request: STALLED, faults: 'block' },
    unplanted: STALLED,
    find: (result, log) => {
      const blockedSeconds = log.reduce((sum, { ns }) => sum + ns, 0) / NS_PER_SECOND;
      const late = Math.round(100 * (blockedSeconds - 1)) * 10;
      return [
        // What was due in its first second waits for more than another, and what came next while the backlog is worked off, as long
        // as that takes; a quarter of the messages was due before it, and a quarter after.
        within('response over 1 s', Math.floor(late * 0.97), Math.ceil(late * 1.5), responseAbove(result, 1e6)),
        within('transit over 1 s', 0, 10, transitAbove(result, 1e6)),
        ...lossless(result),
      ];
    },
    findNothing: (result) => [equal('response over 1 s', 0, responseAbove(result, 1e6))],
    isTimed: true,
  },
  {
    kind: 'run',
    name: 'a server is sent twice as many messages as it has time to serve',
    planted: { request: DOUBLE, faults: 'serve' },
    unplanted: DOUBLE,
    find: (result, log) => [
      equal('half of what was sent', OWED_PER_SECOND / 2, carriedPerSecond(log)),
      within('deliveries per second', 0.95 * carriedPerSecond(log), 1.05 * carriedPerSecond(log), result.throughput.deliveredPerSecond),
      ...result.intervals.map(({ startMs, endMs, arrived }, i) =>
        within(`arrived in interval ${i + 1}`, 0, (1.2 * carriedPerSecond(log) * (endMs - startMs)) / 1000, arrived!),
      ),
      said('warning: backlog', warnedOf(result), /backlog/),
      ...lossless(result),
    ],
    findNothing: (result) => [
      within('deliveries per second', 0.95 * OWED_PER_SECOND, OWED_PER_SECOND, result.throughput.deliveredPerSecond),
      said('warning: backlog', warnedOf(result), /backlog/, false),
      ...lossless(result),
    ],
    isTimed: true,
  },
];

function boundsOf({ latency }: RunResult): string {
  return latency.response?.censored?.join(', ') ?? '';
}

function farLimitsHeld({ limits }: RunResult): number {
  return limits.filter(({ expression, ok }) => expression === FAR_LIMIT.expression && ok).length;
}

/** Values have 3 significant digits. */
const HDR_ERROR = 0.001;

function transitAbove({ latency }: RunResult, us: number): number {
  return latency.transit === null ? NaN : new LatencyReader(latency.transit).countAbove(us);
}

function responseAbove({ latency }: RunResult, us: number): number {
  return latency.response === null ? NaN : new LatencyReader(latency.response).countAbove(us);
}
