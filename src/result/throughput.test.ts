import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivedBy, ArrivalCounter, type ArrivalSlots } from '../ledger/arrival-slots.ts';
import type { Interval } from '../ledger/timeline.ts';
import { backlogOf, backlogMessages, throughputOf, type Traffic } from './throughput.ts';
import { NS_PER_MS, NS_PER_SECOND } from '../model/units.ts';

const START_NS = 5e15;
/** A phase of 3 s in which all was sent and delivered in time. */
const CARRIED: Traffic = {
  fromNs: START_NS,
  toNs: START_NS + 3 * NS_PER_SECOND,
  due: 300,
  sent: 300,
  delivered: 1500,
  lastSendNs: START_NS + 2.99 * NS_PER_SECOND,
  lastDeliveryNs: START_NS + 2.995 * NS_PER_SECOND,
};

describe('deliveries per second', () => {
  it('are over the measure phase where everything arrived in it', () => {
    expect(throughputOf(CARRIED)).toEqual({ offeredPerSecond: 100, sentPerSecond: 100, deliveredPerSecond: 500, deliverySeconds: 3 });
  });

  it('are over the time until the last one, where a drain had work', () => {
    const behind = throughputOf({ ...CARRIED, lastDeliveryNs: START_NS + 7.5 * NS_PER_SECOND });
    expect(behind).toMatchObject({ sentPerSecond: 100, deliveredPerSecond: 200, deliverySeconds: 7.5 });
  });

  it('take as long as the sending did, though the last messages were lost', () => {
    const late = throughputOf({ ...CARRIED, lastSendNs: START_NS + 4 * NS_PER_SECOND });
    expect(late).toMatchObject({ offeredPerSecond: 100, sentPerSecond: 75, deliveredPerSecond: 375, deliverySeconds: 4 });
  });

  it('are 0 where nothing was due, sent or delivered', () => {
    const nothing = { ...CARRIED, toNs: START_NS, due: 0, sent: 0, delivered: 0, lastSendNs: -Infinity, lastDeliveryNs: -Infinity };
    expect(throughputOf(nothing)).toEqual({ offeredPerSecond: 0, sentPerSecond: 0, deliveredPerSecond: 0, deliverySeconds: 0 });
  });

  it('are never more than what was sent a second, times the members', () => {
    const ns = fc.integer({ min: 0, max: 20 * NS_PER_SECOND });
    const traffic = fc.record({
      members: fc.nat(500),
      sent: fc.nat(1e6),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      // Nothing is sent in a phase without a length: its rates are 0.
      length: fc.integer({ min: 1, max: 20 * NS_PER_SECOND }),
      lastSend: ns,
      last: ns,
    });
    fc.assert(
      fc.property(traffic, ({ members, sent, share, length, lastSend, last }) => {
        const { sentPerSecond, deliveredPerSecond } = throughputOf({
          fromNs: START_NS,
          toNs: START_NS + length,
          due: sent,
          sent,
          delivered: Math.floor(share * sent * members),
          lastSendNs: START_NS + lastSend,
          lastDeliveryNs: START_NS + last,
        });
        expect(deliveredPerSecond).toBeLessThanOrEqual(sentPerSecond * members * (1 + 1e-12));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Deliveries that arrive at some offsets, in ms. */
function arrivals(...ms: readonly number[]): ArrivalSlots {
  const counter = new ArrivalCounter();
  for (const offset of ms) counter.add(offset * NS_PER_MS);
  return counter.counts();
}

/** In the first seconds, or anywhere in a day. */
const OFFSET_MS = fc.oneof(fc.double({ min: 0, max: 5000, noNaN: true }), fc.double({ min: 0, max: 86_400_000, noNaN: true }));

describe('arrivals', () => {
  it('are counted by their time, over all drivers', () => {
    const by = arrivedBy([arrivals(5, 15, 3000, 60_000), arrivals(15)]);
    expect([0, 10, 20, 3000, 3010, 1e5, Infinity].map((ms) => by(ms * NS_PER_MS))).toEqual([0, 1, 3, 3, 4, 5, 5]);
  });

  it('inside a slot count by their share of it, so that no short time claims more than it had', () => {
    const by = arrivedBy([arrivals(...Array.from({ length: 100 }, () => 2005))]);
    expect([2000, 2002.5, 2010].map((ms) => by(ms * NS_PER_MS))).toEqual([0, 25, 100]);
  });

  it('of a day take the room of ten minutes', () => {
    const { counts, slotNs } = arrivals(...Array.from({ length: 86_400 }, (_, second) => 1000 * second));
    expect(counts.length).toBeLessThanOrEqual(60_000);
    expect(counts.length * slotNs).toBeGreaterThan(86_399 * NS_PER_SECOND);
  });

  it('add up to all of them, however the time is cut', () => {
    fc.assert(
      fc.property(fc.array(OFFSET_MS), fc.array(OFFSET_MS), (at, cuts) => {
        const by = arrivedBy([arrivals(...at)]);
        const edges = [0, ...cuts.toSorted((a, b) => a - b), Infinity];
        const parts = edges.slice(1).map((edge, i) => by(edge * NS_PER_MS) - by(edges[i]! * NS_PER_MS));
        expect(parts.every((part) => part >= 0)).toBe(true);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(at.length);
      }),
    );
  });
});

/** Seconds in each of which 100 deliveries were owed, by how many arrived. */
function seconds(...arrived: readonly number[]): readonly Interval[] {
  return arrived.map((count, i) => ({
    startMs: 1000 * i,
    endMs: 1000 * (i + 1),
    offered: 100,
    sent: 100,
    delivered: 100,
    arrived: count,
    lost: 0,
    pacerLagP99Us: null,
    response: null,
    transit: null,
  }));
}

describe('the warning of a backlog', () => {
  const count = (deliveries: number, ms: number, intervals: readonly Interval[], isUnfinished = false): number =>
    backlogMessages({ deliveries, delivered: 100 * intervals.length, ms }, intervals, isUnfinished).length;

  it('tells of a system that falls behind, by how much and for how long', () => {
    const [message] = backlogMessages({ deliveries: 200, delivered: 400, ms: 4000 }, seconds(50, 50, 50, 50), false);
    expect(message).toMatch(/^200 deliveries \(50 %\) came in the 4 s after/);
    expect(count(50, 1000, seconds(50))).toBe(1);
  });

  it('is silent where the same is always under way, however much', () => {
    expect(count(30, 300, seconds(70, 100, 100, 100))).toBe(0);
    expect(count(200, 2000, seconds(0, 0, 100, 100, 100, 100))).toBe(0);
  });

  it('tells of one that the drain did not work off, though what came in it is no more than was under way before', () => {
    expect(count(30, 5000, seconds(70, 100, 100, 100), true)).toBe(1);
  });

  it('is silent about a moment, and about the last few', () => {
    expect(count(10, 100, seconds(100, 100, 90))).toBe(0);
    expect(count(1, 2000, seconds(100, 99))).toBe(0);
    expect(count(0, 0, [])).toBe(0);
  });

  it('counts what came after the end of measure, which is not over before all is sent', () => {
    const by = arrivedBy([arrivals(100, 3500, 4500)]);
    const late = { ...CARRIED, lastSendNs: START_NS + 4 * NS_PER_SECOND, lastDeliveryNs: START_NS + 4.5 * NS_PER_SECOND };
    expect(backlogOf(late, by, START_NS)).toEqual({ deliveries: 1, delivered: 3, ms: 500 });
    expect(backlogOf(CARRIED, arrivedBy([arrivals(100)]), START_NS)).toEqual({ deliveries: 0, delivered: 1, ms: 0 });
  });
});
