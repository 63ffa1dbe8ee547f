/** What every measure of one name has in common. */
interface MeasureKind extends Pick<Measure, 'label' | 'unit'> {
  readonly direction: Direction;
}

/** What members wait for beside their messages, by how its percentiles are called. */
const WAITS = {
  roundTrip: 'round trip, message and reply',
  join: 'to join a group',
  leave: 'to leave a group',
  reconnect: 'to open a socket and join again',
} as const;

const WAIT_STATISTICS = ['p50', 'p99', 'max'] as const;

export type Wait = keyof typeof WAITS;
type WaitStatistic = (typeof WAIT_STATISTICS)[number];
type WaitName = `${Wait}${Capitalize<WaitStatistic>}Us`;

/** The measures of one wait. */
export function waitMeasures(wait: Wait): readonly (readonly [name: WaitName, statistic: WaitStatistic])[] {
  return WAIT_STATISTICS.map((statistic) => [`${wait}${capitalized(statistic)}Us`, statistic] as const);
}

function capitalized<T extends string>(text: T): Capitalize<T> {
  return (text[0]!.toUpperCase() + text.slice(1)) as Capitalize<T>;
}

type SingleName =
  | 'heldPerSecond'
  | 'stepsHeld'
  | 'serverBytesPerConnection'
  | 'serverCpuUsPerConnectionSecond'
  | 'poppedWhilePaused'
  | 'requestsPerSecond'
  | 'requestsFailed'
  | 'requestsUnanswered'
  | 'sessions'
  | 'sessionsFailed'
  | 'sessionsFailedRatio';

const SINGLE: Readonly<Record<SingleName, MeasureKind>> = {
  heldPerSecond: { label: 'last step that held: messages', unit: '1/s', direction: 'higherIsBetter' },
  stepsHeld: { label: 'steps that held', unit: 'count', direction: 'higherIsBetter' },
  serverBytesPerConnection: { label: 'memory of a connection in its server', unit: 'bytes', direction: 'lowerIsBetter' },
  serverCpuUsPerConnectionSecond: { label: 'CPU of a connection in its server, a second', unit: 'us', direction: 'lowerIsBetter' },
  poppedWhilePaused: { label: 'messages popped for paused consumers', unit: 'count', direction: 'lowerIsBetter' },
  requestsPerSecond: { label: 'HTTP requests answered, a second', unit: '1/s', direction: 'higherIsBetter' },
  requestsFailed: { label: 'HTTP requests that published nothing', unit: 'count', direction: 'lowerIsBetter' },
  requestsUnanswered: {
    label: 'HTTP requests without an answer, which may have published',
    unit: 'count',
    direction: 'lowerIsBetter',
  },
  sessions: { label: 'pages that opened their WebSocket', unit: 'count', direction: 'higherIsBetter' },
  sessionsFailed: { label: 'of these, whose session was unknown there', unit: 'count', direction: 'lowerIsBetter' },
  sessionsFailedRatio: { label: 'share of them', unit: 'ratio', direction: 'lowerIsBetter' },
};

export type MeasureName = SingleName | WaitName;

/** Every measure that a scenario may add, by its name. */
export const MEASURES: ReadonlyMap<MeasureName, MeasureKind> = new Map<MeasureName, MeasureKind>([
  ...Object.entries(SINGLE).map(([name, kind]) => [name as SingleName, kind] as const),
  ...(Object.keys(WAITS) as Wait[]).flatMap((wait) =>
    waitMeasures(wait).map(
      ([name, statistic]) => [name, { label: `${WAITS[wait]}, ${statistic}`, unit: 'us', direction: 'lowerIsBetter' }] as const,
    ),
  ),
]);

/** Which way a number gets better. */
export type Direction = 'lowerIsBetter' | 'higherIsBetter';

/** What a scenario finds out beside latency and loss. */
export interface Measure {
  readonly name: string;
  /** For people. */
  readonly label: string;
  readonly unit: 'us' | 'bytes' | '1/s' | 'ratio' | 'times' | 'count';
  readonly value: number;
  readonly direction: Direction;
  /** The value is a lower bound: too much never arrived. */
  readonly censored?: true;
}
