import { describe, expect, it } from 'vitest';
import { seededRandom } from '../model/random.ts';
import { CounterTally, ratesOf, type CounterReading } from './counters.ts';
import { dispersionOf, levelOf } from './dispersion.ts';
import { DistinctSample, unitHash } from './distinct.ts';
import { groupRows } from './group-rows.ts';
import { nonLocalName } from '../model/channel-names.ts';
import { GroupsTally, MOST_PROCESSES } from './groups.ts';
import { liveGroups } from './live-groups.ts';
import { QueueWatch, type QueueLook } from './queue-watch.ts';
import { meanPerSend, powerByMembers, powerByQueues } from './rate-shape.ts';

describe('counters of a server', () => {
  const reading = (serverSeconds: number, zcount: number, epoch = 'a'): CounterReading => ({
    serverSeconds,
    epoch,
    calls: { zcount, zremrangebyscore: 3 * zcount },
    bytes: { input: 100 * zcount, output: 50 * zcount },
  });

  it('add up between readings, and not over a restart or a new connection', () => {
    const tally = new CounterTally();
    for (const each of [reading(10, 5), reading(12, 9), reading(13, 2, 'b'), reading(14, 4, 'b')]) tally.add(each);
    expect(tally.totals).toEqual({ seconds: 3, calls: { zcount: 6, zremrangebyscore: 18 }, bytes: { input: 600, output: 300 } });
    expect(tally.intervals.map(({ groupSends }) => groupSends)).toEqual([8, 4]);
    expect(tally.breaks).toBe(1);
  });

  it('of several servers add up as rates', () => {
    const rates = ratesOf([
      { seconds: 2, calls: { zcount: 10 }, bytes: { input: 20, output: 40 } },
      { seconds: 4, calls: { zcount: 20, info: 4 }, bytes: { input: 4, output: 8 } },
      { seconds: 0, calls: {}, bytes: { input: 0, output: 0 } },
    ]);
    expect([rates.perSecond('zcount'), rates.perSecond('get'), rates.callsPerSecond]).toEqual([10, 0, 11]);
    expect(rates.bytesPerSecond).toEqual({ input: 11, output: 22 });
    expect(ratesOf([{ seconds: 1, calls: {}, bytes: null }]).bytesPerSecond).toBeNull();
  });
});

describe('the dispersion of sends', () => {
  it('is 1 for a Poisson process, 0 for a clock, and counts each server by its own rate', () => {
    const random = seededRandom(7, 0);
    const poisson = (mean: number): number => {
      let [count, left] = [0, Math.exp(-mean)];
      for (let product = random(); product > left; product *= random()) count += 1;
      return count;
    };
    const of = (next: () => number): readonly { seconds: number; events: number }[] =>
      Array.from({ length: 2000 }, () => ({ seconds: 1, events: next() }));
    expect(dispersionOf([of(() => poisson(20)), of(() => poisson(2))])).toBeGreaterThan(0.93);
    expect(dispersionOf([of(() => poisson(20)), of(() => poisson(2))])).toBeLessThan(1.07);
    expect(dispersionOf([of(() => 5)])).toBe(0);
    expect(dispersionOf([[{ seconds: 1, events: 5 }]])).toBeNull();
  });

  it('widens the interval of a level', () => {
    expect(levelOf(100, 100, 1)).toMatchObject({ low: expect.closeTo(98.04), high: expect.closeTo(101.96) });
    expect(levelOf(100, 100, 4)).toMatchObject({ low: expect.closeTo(96.08) });
  });
});

describe('a sample of distinct names', () => {
  it('counts exactly up to its size, whatever is repeated, and estimates above', () => {
    const sample = new DistinctSample<number>(1000);
    for (let round = 0; round < 3; round += 1) for (let i = 0; i < 900; i += 1) sample.add(unitHash(`name ${i}`, 5), i);
    expect([sample.count, sample.isExact, sample.errorRatio]).toEqual([900, true, 0]);
    for (let round = 0; round < 2; round += 1) for (let i = 0; i < 50_000; i += 1) sample.add(unitHash(`name ${i}`, 5), i);
    expect(sample.isExact).toBe(false);
    expect(Math.abs(sample.count / 50_000 - 1)).toBeLessThan(4 * sample.errorRatio);
    expect(sample.items).toHaveLength(1000);
    // Random: the mean of what was kept is that of all.
    const mean = sample.items.reduce((sum, i) => sum + i, 0) / 1000;
    expect(Math.abs(mean / 25_000 - 1)).toBeLessThan(0.08);
  });
});

describe('the queue of a process', () => {
  const watched = (looks: readonly (readonly [depth: number, marked: number])[]): QueueWatch => {
    const watch = new QueueWatch();
    for (const [i, [depth, marked]] of looks.entries()) watch.add({ seconds: i + 1, depth, marked } satisfies QueueLook);
    return watch;
  };
  const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

  it.each<[string, readonly (readonly [number, number])[], QueueWatch['state']]>([
    [
      'mostly empty',
      [
        [0, 0],
        [2, 0],
        [0, 0],
        [0, 0],
      ],
      'read',
    ],
    ['never empty, but what waits is taken', times(20, [30, 0] as const), 'behind'],
    [
      'mostly filled',
      [
        [3, 0],
        [2, 0],
        [0, 0],
        [9, 0],
        [4, 0],
      ],
      'behind',
    ],
    ['full, with what was there before', times(20, [100, 100] as const), 'unread'],
    ['full, looked at for a short time', times(4, [100, 100] as const), 'unread'],
    ['full, as its entries expire one by one', times(20, 0).map((_, i) => [100, 100 - i] as const), 'unread'],
    ['looked at twice', times(2, [100, 100] as const), 'unknown'],
  ])('is %s', (_, looks, state) => {
    expect(watched(looks).state).toBe(state);
  });

  it('of a slow process is read: what was marked leaves within the wait', () => {
    const watch = new QueueWatch();
    for (let seconds = 1; seconds < 60; seconds += 1) {
      const since = seconds - watch.markSeconds;
      watch.add({ seconds, depth: 90, marked: watch.markSeconds > 0 && since < 4 ? 90 - 20 * since : 0 });
    }
    expect(watch.state).toBe('behind');
  });

  it('shows its capacity where it stands', () => {
    expect(watched(times(10, [100, 100] as const)).standsAt).toBe(100);
    expect(watched([[97, 90], ...times(9, [100, 90] as const)]).standsAt).toBe(100);
    expect(
      watched([
        [10, 0],
        [20, 0],
        [30, 0],
        [40, 0],
      ]).standsAt,
    ).toBeNull();
    expect(
      watched([
        [10, 0],
        [20, 0],
        [30, 0],
        [40, 0],
      ]).growthPerSecond,
    ).toBe(10);
  });
});

describe('groups', () => {
  const channel = (process: number, n: number): string => `specific.${process}!${n}`;

  it('are counted with processes and connections, without the members of ended processes', () => {
    const watched = new Map<string, number>();
    const tally = new GroupsTally(3, 'asgi', watched);
    const members = (...of: readonly string[]): { channel: string; joinedSeconds: number }[] =>
      of.map((name) => ({ channel: name, joinedSeconds: 100 }));
    tally.addGroup(15, 3, members(channel(1, 1), channel(1, 2), channel(2, 1)), 160);
    tally.addGroup(15, 2, members(channel(1, 1), channel(2, 1)), 160);
    tally.addGroup(15, 1, members(channel(2, 7)), 160);
    tally.addGroup(15, 0, [], 160);
    const snapshot = tally.snapshot(3, 1);
    expect(snapshot.connections.count).toBe(4);
    expect(snapshot.agesSeconds).toEqual([60, 60, 60, 60, 60, 60]);
    const all = liveGroups(snapshot, new Set());
    expect(all.groups).toEqual([
      { members: 3, queues: 2 },
      { members: 2, queues: 2 },
      { members: 1, queues: 1 },
    ]);
    const live = liveGroups(snapshot, new Set([watched.get('specific.2!')!]));
    expect(live.groups).toEqual([
      { members: 2, queues: 1 },
      { members: 1, queues: 1 },
    ]);
    expect(live.figures).toMatchObject({
      processes: { value: 1 },
      connections: { value: 2 },
      groups: { value: 2 },
      memberships: { value: 3 },
    });
  });

  it('of a sample have intervals around what all have', () => {
    const random = seededRandom(11, 0);
    const sizes = Array.from({ length: 20_000 }, () => Math.ceil(Math.exp(3 * random())));
    const truth = sizes.reduce((sum, size) => sum + size, 0);
    const tally = new GroupsTally(3, 'asgi', new Map());
    for (const size of sizes.slice(0, 2000))
      tally.addGroup(
        15,
        size,
        Array.from({ length: size }, (_, n) => ({ channel: channel(n % 4, n), joinedSeconds: 0 })),
        9,
      );
    const { memberships, groups, groupSizeP50 } = liveGroups(tally.snapshot(20_000, 1), new Set()).figures;
    expect(groups).toMatchObject({ value: 20_000, basis: 'counted' });
    expect(memberships.basis).toBe('sampled');
    expect(memberships.low).toBeLessThan(truth);
    expect(memberships.high).toBeGreaterThan(truth);
    expect(memberships.high! - memberships.low!).toBeLessThan(0.1 * truth);
    expect(groupSizeP50.low!).toBeLessThanOrEqual(groupSizeP50.value!);
    // Half of the keys were looked through: as many groups again.
    expect(liveGroups(tally.snapshot(10_000, 0.5), new Set()).figures.groups).toMatchObject({ value: 20_000, basis: 'sampled' });
  });

  it('of many processes are watched up to a limit', () => {
    const watched = new Map<string, number>();
    const tally = new GroupsTally(3, 'asgi', watched);
    for (let process = 0; process < 5000; process += 1) tally.addGroup(15, 1, [{ channel: channel(process, 1), joinedSeconds: 0 }], 1);
    expect(watched.size).toBe(MOST_PROCESSES);
    expect(tally.snapshot(5000, 1).processes).toEqual({ count: 5000, errorRatio: 0 });
  });

  it('have channels without a process', () => {
    expect([nonLocalName('specific.ab!cd'), nonLocalName('worker')]).toEqual(['specific.ab!', 'worker']);
  });
});

describe('the rates of groups', () => {
  const groups = Array.from({ length: 40 }, (_, g) => ({ members: g + 1, queues: Math.min(4, g + 1) }));

  it.each([-0.5, 0, 0.5, 1])('that go with the power %s of sizes are found by members and by queues per send', (power) => {
    const membersPerSend = meanPerSend(groups, power, ({ members }) => members);
    expect(powerByMembers(groups, membersPerSend)).toBeCloseTo(power, 5);
    expect(
      powerByQueues(
        groups,
        meanPerSend(groups, power, ({ queues }) => queues),
      ),
    ).toBeCloseTo(power, 3);
  });

  it('are not guessed where nothing shows them', () => {
    const everywhere = groups.map(({ members }) => ({ members, queues: 4 }));
    expect(powerByQueues(everywhere, 4)).toBeNull();
    expect(powerByMembers(groups, 1000)).toBeNull();
    expect(
      powerByQueues(
        [
          { members: 5, queues: 2 },
          { members: 5, queues: 2 },
        ],
        2,
      ),
    ).toBe(0);
    expect(groupRows(groups, 1, 10, null).every(({ sendsPerSecond }) => sendsPerSecond === null)).toBe(true);
  });

  it('add up over the rows, and a scaled row holds as many members as its groups can have', () => {
    const rows = groupRows(groups, 2.5, 10, 0.7);
    expect(rows.reduce((sum, { sendsPerSecond }) => sum + sendsPerSecond!, 0)).toBeCloseTo(10);
    for (const { groups: count, members, sizes } of rows) {
      expect(members).toBeGreaterThanOrEqual(count * sizes![0]);
      expect(members).toBeLessThanOrEqual(count * sizes![1]);
    }
  });
});
