import type { RunResult } from '../../result/run-result.ts';
import { selftestRequest } from './requests.ts';
import { equal, said, within, type Finding, type RunRow } from './row.ts';

/* Faults of processes, clocks and memberships. */

const SHORT = { members: 12, durationMs: 1000 } as const;
const PAIR = selftestRequest({ scenario: 'fanout', layer: 'redis', processes: 2, parameters: SHORT });
const PACED = selftestRequest({ scenario: 'fanout', layer: 'redis', processes: 2, parameters: { ...SHORT, durationMs: 4000 } });
/** Time for a server to be back, and for its clients to join again, also where the machine is busy. */
const RESTART = { ...SHORT, durationMs: 10_000 } as const;
const RESTARTED = selftestRequest({ scenario: 'fanout', layer: 'redis', processes: 2, parameters: RESTART });
const APART = selftestRequest({ scenario: 'fanout', layer: 'redis', processes: 4, parameters: { ...SHORT, publishers: 4 } });
const TWO_DRIVERS = selftestRequest({ scenario: 'fanout', layer: 'memory', drivers: 2, parameters: { ...SHORT, groups: 2 } });
const CHURN = { members: 12, durationMs: 4000 } as const;
const WANDERING_MESSAGES = 200;
/** One member is beside the publisher and comes back twice, the other is on another process and stays there. */
const WANDERING = selftestRequest({
  scenario: 'churn',
  layer: 'memory',
  processes: 2,
  parameters: { members: 2, churning: 1, how: 'disconnect', ratePerSecond: WANDERING_MESSAGES / 4, durationMs: 4000 },
});

const SKEW_US = 5000;
/** Half of the shortest of 100 round trips is a few hundred µs at most. */
const TOLERANCE_US = 500;

/** 4 members, 2 absences each, 2 moments in each. */
const MOMENTS = 16;

/** A moment is as long as joining or leaving took, and twice the longest response before that, in which a message may have been under way. */
function mostUncertain({ latency, measures, throughput }: RunResult): number {
  const stepsUs = measures.filter(({ name }) => /^(join|leave|reconnect)Max/.test(name)).map(({ value }) => value);
  const momentUs = Math.max(...stepsUs) + Math.max(100_000, 2 * latency.response!.max);
  // Messages may bunch, and there is one more where a moment begins.
  return Math.ceil(MOMENTS * (2 * throughput.sentPerSecond * (momentUs / 1e6) + 1));
}

const reasons = ({ validity }: RunResult): string => validity.reasons.join('; ');
/* What is said of the harness: a busy core may make a run invalid too, and says so in other words. */
const isSaid = (result: RunResult, what: string, pattern: RegExp): Finding => said(what, reasons(result), pattern);
const isNotSaid = (result: RunResult, what: string, pattern: RegExp): Finding => said(what, reasons(result), pattern, false);
const warningsOf = ({ warnings }: RunResult): string => warnings.map(({ message }) => message).join('; ');
const stampedSeries = ({ latency }: RunResult): number =>
  [latency.transit, latency.ingress, latency.edge].filter((series) => series !== null).length;
const skewFound = (result: RunResult): Finding =>
  within('offset in µs', SKEW_US - TOLERANCE_US, SKEW_US + TOLERANCE_US, Math.round(result.clock.maxOffsetUs));
const noSkew = (result: RunResult): readonly Finding[] => [
  equal('stamps outside their ping', 0, result.clock.violations),
  isNotSaid(result, 'a clock', /clock/),
];

/** Nothing is lost but to isolation, all of what crosses, and nothing of what does not. */
const apartAsPlaced = ({ ledger, reach }: RunResult): readonly Finding[] => [
  equal('lost otherwise', 0, ledger.lostTotal - ledger.lost.isolated),
  equal('reach within the process', 1, reach.matrix[0]![0]!),
  equal('reach across', 0, reach.matrix[0]![1]!),
];

export const PROCESS_ROWS: readonly RunRow[] = [
  {
    kind: 'run',
    name: 'a driver is blocked for 2 s',
    planted: { request: PACED, module: { role: 'driver', index: 0, name: 'blocked-driver' } },
    unplanted: PACED,
    find: (result) => [isSaid(result, 'invalid: the generator fell behind', /generator fell behind/)],
    findNothing: (result) => [isNotSaid(result, 'the generator fell behind', /generator fell behind/)],
    isTimed: true,
  },
  {
    kind: 'run',
    name: 'the clock of one server is 5 ms ahead',
    planted: { request: PAIR, module: { role: 'server', index: 1, name: 'skewed-clock' } },
    unplanted: PAIR,
    find: (result) => [
      skewFound(result),
      equal('latencies from stamps of servers', 0, stampedSeries(result)),
      said('warning: the clock of server 1', warningsOf(result), /the clock of server 1 is/),
      equal('latency of response is there', 1, Number(result.latency.response !== null)),
    ],
    findNothing: noSkew,
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'the clock of one server is an hour ahead, in the middle of the run alone',
    planted: { request: PAIR, module: { role: 'server', index: 1, name: 'jumping-clock' } },
    unplanted: PAIR,
    find: (result) => [
      equal('stamps outside their ping', 0, result.clock.violations),
      equal('latencies from stamps of servers', 0, stampedSeries(result)),
      said('warning: stamps that cannot be', warningsOf(result), /frames have stamps that cannot be: .* by up to 3,600 s/),
      equal('latency of response is there', 1, Number(result.latency.response !== null)),
    ],
    findNothing: (result) => [
      equal('latencies from stamps of servers', 3, stampedSeries(result)),
      said('warning: stamps that cannot be', warningsOf(result), /stamps that cannot be/, false),
    ],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'the clock of a driver is 5 ms ahead',
    planted: { request: PAIR, module: { role: 'driver', index: 0, name: 'skewed-clock' } },
    unplanted: PAIR,
    find: (result) => [skewFound(result), isSaid(result, 'invalid: the clock of driver 0', /the clock of driver 0 is/)],
    findNothing: noSkew,
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'a server process is killed',
    planted: {
      request: {
        ...RESTARTED,
        plan: selftestRequest({
          scenario: 'fanout',
          layer: 'redis',
          processes: 2,
          parameters: RESTART,
          faults: ['kill server 1 at 1s'],
        }).plan,
      },
    },
    unplanted: RESTARTED,
    find: (result) => [
      within('processCrashed', 1, result.ledger.expected / 2, result.ledger.lost.processCrashed),
      equal('lost otherwise', result.ledger.lostTotal, result.ledger.lost.processCrashed),
      within('reach of process 1', 0, 0.99, result.reach.matrix[0]![1]!),
      equal('recovery is timed', 1, Number((result.faults[0]?.recoveryMs ?? 0) > 0)),
    ],
    findNothing: ({ ledger, reach }) => [
      equal('deliveries lost', 0, ledger.lostTotal),
      equal('reach of process 1', 1, reach.matrix[0]![1]!),
    ],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'the in-memory layer under 4 processes',
    planted: { request: selftestRequest({ scenario: 'fanout', layer: 'memory', processes: 4, parameters: { ...SHORT, publishers: 4 } }) },
    unplanted: APART,
    find: ({ ledger, reach }) => [
      equal('pairs isolated, of 16', 12, reach.matrix.flat().filter((ratio) => ratio === 0).length),
      equal('reach', 0.25, reach.ratio!),
      equal('isolated', (ledger.expected * 3) / 4, ledger.lost.isolated),
      equal('lost in all', (ledger.expected * 3) / 4, ledger.lostTotal),
    ],
    findNothing: ({ ledger, reach }) => [
      equal('pairs isolated, of 16', 0, reach.matrix.flat().filter((ratio) => ratio === 0).length),
      equal('isolated', 0, ledger.lost.isolated),
    ],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'members leave and come back',
    planted: { request: selftestRequest({ scenario: 'churn', layer: 'redis', processes: 2, parameters: { ...CHURN, churning: 4 } }) },
    unplanted: selftestRequest({ scenario: 'churn', layer: 'redis', processes: 2, parameters: { ...CHURN, churning: 0 } }),
    find: (result) => [
      equal('deliveries lost', 0, result.ledger.lostTotal),
      equal('strays', 0, result.ledger.strays),
      within('uncertain', 1, mostUncertain(result), result.ledger.uncertain),
    ],
    findNothing: ({ ledger }) => [equal('deliveries lost', 0, ledger.lostTotal), equal('uncertain', 0, ledger.uncertain)],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'a driver fails while it sends',
    planted: { request: TWO_DRIVERS, module: { role: 'driver', index: 1, name: 'failing-driver' } },
    unplanted: TWO_DRIVERS,
    find: (result) => [
      isSaid(result, 'invalid: driver 1 failed', /driver 1 failed in phase (measure|drain): planted by the self-test/),
      equal('completed', 0, Number(result.run.state === 'completed')),
    ],
    findNothing: (result) => [isNotSaid(result, 'driver 1', /driver 1/), equal('completed', 1, Number(result.run.state === 'completed'))],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'a server process throws where nobody catches it',
    planted: { request: TWO_DRIVERS, faults: 'throw' },
    unplanted: TWO_DRIVERS,
    find: (result) => [
      isSaid(result, 'invalid: server 0 failed', /server 0 failed in phase (measure|drain): planted by the self-test/),
      equal('completed', 0, Number(result.run.state === 'completed')),
    ],
    findNothing: (result) => [isNotSaid(result, 'server 0', /server 0/), equal('completed', 1, Number(result.run.state === 'completed'))],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'sockets come back on another process',
    planted: { request: WANDERING, module: { role: 'driver', index: 0, name: 'wandering-sockets' } },
    unplanted: WANDERING,
    find: (result) => [
      within('isolated, also at who was beside the publisher', WANDERING_MESSAGES + 1, 2 * WANDERING_MESSAGES, result.ledger.lost.isolated),
      ...apartAsPlaced(result),
    ],
    findNothing: (result) => [
      equal('isolated, at who never was', WANDERING_MESSAGES, result.ledger.lost.isolated),
      ...apartAsPlaced(result),
    ],
    isTimed: false,
  },
  {
    kind: 'run',
    name: 'a driver ends without its report',
    planted: { request: TWO_DRIVERS, module: { role: 'driver', index: 1, name: 'silent-driver' } },
    unplanted: TWO_DRIVERS,
    find: (result) => [isSaid(result, 'invalid: driver 1', /driver 1/), equal('valid', 0, Number(result.validity.valid))],
    findNothing: (result) => [isNotSaid(result, 'driver 1', /driver 1/), equal('deliveries lost', 0, result.ledger.lostTotal)],
    isTimed: false,
  },
];
