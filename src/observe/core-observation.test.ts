import { describe, expect, it } from 'vitest';
import { GROUP_SEND_SCRIPT_BYTES, RESTORE_SCRIPT_BYTES } from './core-wire.ts';
import { observeCore, type CoreReadings } from './core-observation.ts';
import { CounterTally, type CounterReading } from './counters.ts';
import { GroupsTally, type Membership } from './groups.ts';
import { QueueWatch } from './queue-watch.ts';

/*
 * A portal of channels_redis, command by command: what its clients write and what Redis answers is counted here by encoding it, so that the
 * formulas meet the truth and not themselves.
 */

const PREFIX = 'asgi';
const START = 1_700_000_000;
const score = (): string => `${START}.1234567`;
const hex = (n: number): string => n.toString(16).padStart(32, '0');
const channel = (process: number, n: number): string => `specific.${hex(process)}!${hex(n)}`;
const queueOf = (process: number): string => `${PREFIX}specific.${hex(process)}!`;

interface Group {
  readonly key: string;
  /** The process of each member. */
  readonly members: readonly number[];
}

class Portal {
  readonly calls = new Map<string, number>();
  input = 0;
  output = 0;
  deliveries = 0;
  messageBytes = 0;
  entries = 0;

  /** As redis-py writes a command; a number stands for a text of that length. */
  client(words: readonly (string | number)[], reply: number): void {
    const [name] = words as readonly [string];
    this.count(name);
    const lengths = words.map((word) => (typeof word === 'number' ? word : Buffer.byteLength(word)));
    this.input += `*${words.length}\r\n`.length + lengths.reduce((sum, length) => sum + bulk(length), 0);
    this.output += reply;
  }

  /** Inside a script. */
  count(name: string): void {
    this.calls.set(name.toLowerCase(), (this.calls.get(name.toLowerCase()) ?? 0) + 1);
  }

  send({ key, members }: Group, payloadBytes: number, isRead: (process: number) => boolean = () => true): void {
    this.client(['ZREMRANGEBYSCORE', key, '0', `${START}`], 4);
    const names = members.map((process, n) => channel(process, n));
    this.client(['ZRANGE', key, '0', '-1'], array(names.length) + names.reduce((sum, name) => sum + bulk(name.length), 0));
    this.deliveries += names.length;
    const processes = [...new Set(members)];
    if (processes.length === 0) return;
    this.client(['MULTI'], 5);
    for (const process of processes) this.client(['ZREMRANGEBYSCORE', queueOf(process), '0', `${START}`], 9);
    this.client(['EXEC'], array(processes.length) + 4 * processes.length);
    const stored = processes.map((process) => {
      const mine = members.filter((other) => other === process).length;
      // The random bytes, `__asgi_channel__`, a list of names, and the message.
      return 12 + 17 + (mine > 15 ? 3 : 1) + mine * (2 + 74) + payloadBytes;
    });
    const queues = processes.map(queueOf);
    this.client(
      ['EVAL', GROUP_SEND_SCRIPT_BYTES, `${processes.length}`, ...queues, ...stored, ...queues.map(() => '100'), score(), '60'],
      4,
    );
    for (const [i, process] of processes.entries()) {
      this.count('zcount');
      if (!isRead(process)) continue;
      this.entries += 1;
      this.messageBytes += payloadBytes;
      this.count('zadd');
      this.count('expire');
      this.receive(process, stored[i]!);
    }
  }

  receive(process: number, stored: number | null): void {
    const queue = queueOf(process);
    this.client(['EVAL', RESTORE_SCRIPT_BYTES, '0', queue, `${queue}$inflight`], 5);
    this.count('zrange');
    this.count('del');
    const hit = stored === null ? 5 : array(3) + bulk(queue.length) + bulk(stored) + bulk(18);
    this.client(['BZPOPMIN', queue, '5'], hit);
    if (stored === null) return;
    this.client(['ZADD', `${queue}$inflight`, score(), stored], 4);
    this.client(['ZPOPMIN', `${queue}$inflight`], array(2) + bulk(stored) + bulk(18));
  }

  join({ key }: Group, process: number): void {
    this.client(['ZADD', key, score(), channel(process, 0)], 4);
    this.client(['EXPIRE', key, '86400'], 4);
  }

  leave({ key }: Group, process: number): void {
    this.client(['ZREM', key, channel(process, 0)], 4);
  }

  reading(seconds: number): CounterReading {
    return {
      serverSeconds: START + seconds,
      epoch: 'a',
      calls: Object.fromEntries(this.calls),
      bytes: { input: this.input, output: this.output },
    };
  }
}

const bulk = (length: number): number => `$${length}\r\n`.length + length + 2;
const array = (length: number): number => `*${length}\r\n`.length;

/** Groups of 1, 2, 3 … members, on processes in turn. */
const groupsOf = (count: number, processes: number): readonly Group[] =>
  Array.from({ length: count }, (_, g) => ({
    key: `${PREFIX}:group:room-${g}`,
    members: Array.from({ length: g + 1 }, (_, m) => (g + m) % processes),
  }));

const membershipsOf = ({ members }: Group, ageSeconds = 60): readonly Membership[] =>
  members.map((process, n) => ({ channel: channel(process, n), joinedSeconds: START - ageSeconds }));

const HEALTH = { maxMemoryBytes: 0, usedMemoryBytes: 1e6, evictionPolicy: 'noeviction', evictedKeys: 0, restarts: 0 };

/** What ten seconds of a portal look like from outside. */
function observe(
  groups: readonly Group[],
  second: (portal: Portal, second: number) => void,
  changes: Partial<CoreReadings> & { readonly ageSeconds?: number; readonly looks?: (watch: QueueWatch, process: number) => void } = {},
): { readonly portal: Portal; readonly observation: ReturnType<typeof observeCore> } {
  const portal = new Portal();
  const tally = new CounterTally();
  tally.add(portal.reading(0));
  for (let at = 1; at <= 10; at += 1) {
    second(portal, at);
    tally.add(portal.reading(at));
  }
  const watched = new Map<string, number>();
  const snapshot = new GroupsTally(1, PREFIX, watched);
  for (const group of groups) snapshot.addGroup(group.key.length, group.members.length, membershipsOf(group, changes.ageSeconds), START);
  snapshot.addExpiry(86_340.4, 60);
  const queues = [...watched].map(([, index]) => {
    const watch = new QueueWatch();
    changes.looks?.(watch, index);
    return watch;
  });
  const observation = observeCore({
    servers: [{ totals: tally.totals, intervals: tally.intervals, health: HEALTH, mostWaiting: 4 }],
    snapshot: snapshot.snapshot(groups.length, 1),
    queues,
    configured: {},
    isInterrupted: false,
    ...changes,
  });
  return { portal, observation };
}

const GROUPS = groupsOf(30, 4);
/** Each group sends once a second, every second group twice; one member joins and one leaves. */
function busySecond(portal: Portal): void {
  for (const [g, group] of GROUPS.entries()) for (let i = 0; i <= g % 2; i += 1) portal.send(group, 200 + g);
  for (let process = 0; process < 4; process += 1) portal.receive(process, null);
  portal.join(GROUPS[0]!, 1);
  portal.leave(GROUPS[0]!, 1);
}

describe('a portal of channels_redis core, from outside', () => {
  it('shows its groups, sends, joins and losses as exact counts', () => {
    const { figures, findings, rows, options } = observe(GROUPS, busySecond).observation;
    const counted = (value: number): object => ({ value, basis: 'counted' });
    expect(figures).toMatchObject({
      processes: counted(4),
      groups: counted(30),
      memberships: counted((30 * 31) / 2),
      groupSizeP50: counted(15),
      groupSizeP90: counted(27),
      groupSizeMax: counted(30),
      sendsPerSecond: counted(45),
      joinsPerSecond: counted(1),
      leavesPerSecond: counted(1),
      lostPerSecond: counted(0),
      dispersion: counted(0),
      groupExpirySeconds: counted(86_400),
    });
    expect(figures.capacity).toMatchObject({ value: null, reason: 'no queue stood still at a depth' });
    expect(findings).toEqual([]);
    expect(options).toEqual({ group_expiry: 86_400 });
    expect(rows.map(({ sizes, groups, members }) => [sizes, groups, members])).toEqual([
      [[1, 1], 1, 1],
      [[2, 3], 2, 5],
      [[4, 7], 4, 22],
      [[8, 15], 8, 92],
      [[16, 30], 15, 345],
    ]);
    expect(rows.reduce((sum, { sendsPerSecond }) => sum + sendsPerSecond!, 0)).toBeCloseTo(45);
  });

  it('shows deliveries and the mean size of messages by the balance of bytes', () => {
    const { portal, observation } = observe(GROUPS, busySecond);
    const { deliveriesPerSecond: deliveries, messageBytes } = observation.figures;
    expect(deliveries.basis).toBe('reckoned');
    expect(deliveries.value! / (portal.deliveries / 10)).toBeCloseTo(1, 2);
    expect(messageBytes.value! / (portal.messageBytes / portal.entries)).toBeCloseTo(1, 2);
    expect(deliveries.low).toBeLessThanOrEqual(portal.deliveries / 10);
    expect(deliveries.high).toBeGreaterThanOrEqual(portal.deliveries / 10);
    // The rows have the rates at which their groups make these deliveries.
    const byRows = observation.rows.reduce((sum, row) => sum + row.sendsPerSecond! * (row.members! / row.groups), 0);
    expect(byRows / (portal.deliveries / 10)).toBeCloseTo(1, 1);
  });

  it('withdraws what the traffic of others hides, and keeps what it cannot', () => {
    const { observation } = observe(GROUPS, (portal) => {
      busySecond(portal);
      for (let i = 0; i < 40; i += 1) {
        portal.client(['LPUSH', 'celery', 500], 4);
        portal.client(['ZADD', 'unacked_index', score(), hex(i)], 4);
        portal.client(['ZREM', 'unacked_index', hex(i)], 4);
      }
    });
    const { figures, findings } = observation;
    expect(figures.sendsPerSecond).toMatchObject({ value: 45, basis: 'counted' });
    expect(figures.messageBytes).toMatchObject({ value: null, reason: expect.stringContaining('other applications') });
    expect(figures.joinsPerSecond.value).toBeNull();
    expect(figures.leavesPerSecond.value).toBeNull();
    // Groups are not on all processes: entries per send show how rates go with sizes, and the range is wide.
    expect(figures.deliveriesPerSecond).toMatchObject({ basis: 'reckoned' });
    expect(figures.deliveriesPerSecond.high! / figures.deliveriesPerSecond.low!).toBeCloseTo(1.08 / 0.73, 3);
    expect(findings.map(({ id }) => id)).toEqual(['foreignTraffic']);
  });

  it('withdraws the balance of bytes of another client, whose scripts have other lengths', () => {
    const { observation } = observe(GROUPS, (portal) => {
      busySecond(portal);
      portal.input += 90_000;
    });
    expect(observation.figures.messageBytes).toMatchObject({ value: null, reason: expect.stringContaining('another version') });
  });

  it('finds a process that was killed, and leaves its members out', () => {
    const looks = (watch: QueueWatch, process: number): void => {
      for (let seconds = 1; seconds <= 10; seconds += 1)
        watch.add({ seconds, depth: process === 2 ? 100 : 0, marked: process === 2 ? 100 : 0 });
    };
    const { figures, findings, options } = observe(
      GROUPS,
      (portal) => {
        for (const group of GROUPS) portal.send(group, 200, (process) => process !== 2);
      },
      { looks },
    ).observation;
    const dead = GROUPS.flatMap(({ members }) => members).filter((process) => process === 2).length;
    expect(figures.processes.value).toBe(3);
    expect(figures.memberships.value).toBe(465 - dead);
    expect(figures.sendsPerSecond.value).toBe(30);
    expect(figures.lostPerSecond.value).toBeCloseTo(GROUPS.filter(({ members }) => members.includes(2)).length);
    expect(figures.messageBytes.reason).toContain('refuse or lose');
    expect(options.capacity).toBe(100);
    expect(findings.map(({ id }) => id)).toEqual(['queuesFull', 'deadProcesses']);
    expect(findings[1]!.message).toContain(`${dead} memberships`);
  });

  it('warns of memberships near their expiry', () => {
    const { findings } = observe(GROUPS, busySecond, { ageSeconds: 80_000 }).observation;
    expect(findings.map(({ id }) => id)).toEqual(['nearExpiry']);
    expect(findings[0]!.message).toContain('465 of 465 memberships are older than 90 % of group_expiry');
  });

  it('warns of a Redis that may drop keys, is nearly full, or restarted', () => {
    const found = (health: Partial<typeof HEALTH>): readonly string[] => {
      const { totals, intervals } = new CounterTally();
      return observe(GROUPS, busySecond, {
        servers: [{ totals, intervals, health: { ...HEALTH, ...health }, mostWaiting: null }],
      }).observation.findings.map(({ id }) => id);
    };
    expect(found({ maxMemoryBytes: 2e6, evictionPolicy: 'volatile-lru' })).toEqual(['evictionPolicy']);
    expect(found({ evictionPolicy: 'allkeys-lru' })).toEqual([]);
    expect(found({ maxMemoryBytes: 1.05e6 })).toEqual(['memoryNearlyFull']);
    expect(found({ restarts: 1 })).toEqual(['redisRestarted']);
  });
});
