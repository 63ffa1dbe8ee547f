import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BenchError } from './errors.ts';
import { validatePlan } from './plan-check.ts';
import { MAX_PAIRS, partition, planNumbers, type Plan } from './plan.ts';

/** `groups` groups of `members` over `processes` processes, each with `publishers` publishers at 10/s. */
function plan(groups: number, members: number, publishers: number, processes: number): Plan {
  const sockets = Array.from({ length: groups * (members + publishers) }, (_, i) => {
    const group = Math.floor(i / (members + publishers));
    const joins = i % (members + publishers) < members;
    return { process: i % processes, groups: joins ? [group] : [] };
  });
  const senders = sockets.flatMap((socket, i) => (socket.groups.length === 0 ? [i] : []));
  return {
    processes,
    groups,
    sockets,
    publishers: senders.map((socket, i) => ({
      socket,
      group: Math.floor(i / publishers),
      arrivals: { kind: 'constant', perSecond: 10, phaseNs: 0 },
    })),
    payloadBytes: 0,
    warmupMs: 0,
    durationMs: 2000,
  };
}

describe('partition', () => {
  it('puts every socket and publisher into exactly one share, whatever the Plan', () => {
    const sizes = [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3 })] as const;
    fc.assert(
      fc.property(...sizes, fc.integer({ min: 1, max: 5 }), (groups, members, publishers, drivers) => {
        const whole = plan(groups, members, publishers, 2);
        const shares = partition(whole, drivers);
        const all = (pick: 'sockets' | 'publishers'): readonly number[] => shares.flatMap((share) => share[pick]).toSorted((a, b) => a - b);
        expect(all('sockets')).toEqual(whole.sockets.map((_, i) => i));
        expect(all('publishers')).toEqual(whole.publishers.map((_, i) => i));
        shares.forEach((share) => share.publishers.forEach((p) => expect(share.sockets).toContain(whole.publishers[p]!.socket)));
      }),
    );
  });

  it('keeps groups that fit in one driver, and spreads one that does not', () => {
    const four = partition(plan(4, 9, 1, 2), 2);
    expect(four.map((share) => share.sockets.length)).toEqual([20, 20]);
    for (const share of four) expect(new Set(share.sockets.map((socket) => Math.floor(socket / 10))).size).toBe(2);
    const one = partition(plan(1, 99, 1, 2), 4);
    expect(one.map((share) => share.sockets.length)).toEqual([25, 25, 25, 25]);
  });
});

describe('a Plan', () => {
  it('has numbers that follow from it', () => {
    expect(planNumbers(plan(2, 10, 3, 5))).toEqual({
      sockets: 26,
      members: 20,
      publishers: 6,
      pairs: 60,
      messagesPerSecond: 60,
      deliveriesPerSecond: 600,
      payloadBytes: 0,
      messages: 120,
      deliveries: 1200,
      deliveriesPerMessage: { mean: 10, isEqual: true },
      sameProcessDeliveries: 240,
    });
  });

  it('owes messages to unequal numbers where groups differ, or members come and go', () => {
    const { sockets, ...even } = plan(2, 10, 3, 5);
    const [first, ...others] = sockets;
    const smaller = { ...even, sockets: [{ ...first!, groups: [] }, ...others] };
    const away = { ...even, sockets: [{ ...first!, absences: [{ fromMs: 0, toMs: 1000 }] }, ...others] };
    expect(planNumbers(smaller as Plan).deliveriesPerMessage).toEqual({ mean: 9.5, isEqual: false });
    expect(planNumbers(away as Plan).deliveriesPerMessage).toEqual({ mean: 9.75, isEqual: false });
  });

  it.each([
    ['none', { at: [], bytes: [] }, /at least one/],
    ['fewer sizes than shares', { at: [0.1, 0.2], bytes: [1] }, /as many entries each/],
    ['shares that repeat', { at: [0.5, 0.5], bytes: [1, 2] }, /at is to ascend/],
    ['sizes that fall', { at: [0.1, 0.5], bytes: [2, 1] }, /bytes are to ascend/],
    ['a size above the largest', { at: [0.5], bytes: [2_000_000] }, /bytes are to ascend from 0 to 1,048,576/],
    ['no numbers', { at: [0.5], bytes: [NaN] }, /bytes are to ascend/],
  ])('is refused with payload sizes that cannot be: %s', (_, payloads, message) => {
    expect(() => validatePlan({ ...plan(1, 2, 1, 1), payloads })).toThrow(message);
  });

  it('owes what members away in several groups miss', () => {
    const { sockets, ...even } = plan(2, 10, 3, 5);
    const both = { ...sockets[0]!, groups: [0, 1], absences: [{ fromMs: 0, toMs: 1000, how: 'leave' as const }] };
    // 2 s of 6 publishers at 10/s to 10 members and the one in both groups, who misses half.
    expect(planNumbers({ ...even, sockets: [both, ...sockets.slice(1)] }).deliveries).toBe(1200 + 60 - 60);
  });

  it('is refused, with the number, over the limit of pairs', () => {
    const large = plan(1, 2501, 2000, 1);
    expect(() => validatePlan(large)).toThrow(/5,002,000 \(publisher, member\) pairs; the limit is 5,000,000/);
    expect(() => validatePlan(large)).toThrow(BenchError);
    expect(MAX_PAIRS).toBe(5_000_000);
    expect(() => validatePlan(plan(1, 2500, 2000, 1))).not.toThrow();
  });
});
