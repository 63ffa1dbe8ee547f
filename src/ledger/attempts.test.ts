import { describe, expect, it } from 'vitest';
import { dueCount, shortfallReasons } from './attempts.ts';
import { Schedule, dueTimes, type Arrivals } from '../model/pacer.ts';
import type { Plan } from '../model/plan.ts';
import { NS_PER_MS, NS_PER_SECOND } from '../model/units.ts';

const ARRIVALS: readonly Arrivals[] = [
  { kind: 'constant', perSecond: 100, phaseNs: 3 * NS_PER_MS },
  { kind: 'poisson', perSecond: 250, phaseNs: 0 },
  { kind: 'burst', size: 7, everyNs: 300 * NS_PER_MS, phaseNs: 1 },
  { kind: 'ramp', perSecond: 30, stepNs: 400 * NS_PER_MS, phaseNs: 0 },
  { kind: 'flood', messages: 10, connections: 2, warmupMessages: 0 },
];
const PLAN: Plan = {
  processes: 1,
  groups: 1,
  sockets: [{ process: 0, groups: [0] }],
  publishers: ARRIVALS.map((arrivals) => ({ socket: 0, group: 0, arrivals })),
  payloadBytes: 64,
  warmupMs: 0,
  durationMs: 2000,
};
const SEED = 7;

describe('what was due', () => {
  it.each([0, 1, 450, 2000])('is what the schedule has by %i ms', (ms) => {
    const scheduled = ARRIVALS.slice(0, 4);
    const schedule = new Schedule(
      scheduled.map((arrivals, publisher) => dueTimes(arrivals, SEED, publisher)),
      ms * NS_PER_MS,
    );
    const counts = scheduled.map(() => 0);
    for (; schedule.dueNs < Infinity; schedule.advance()) counts[schedule.publisher]! += 1;
    expect(scheduled.map((_, publisher) => dueCount(PLAN, publisher, SEED, ms * NS_PER_MS))).toEqual(counts);
  });

  it('is not known of requests that pace themselves', () => {
    expect(dueCount(PLAN, 4, SEED, NS_PER_SECOND)).toBeNull();
  });
});

describe('a driver that fell short', () => {
  it('is named, with its publishers and by how much', () => {
    const due = [3000, 10, 10, null];
    const all = [
      { publisher: 1, attempted: 10 },
      { publisher: 3, attempted: 4 },
    ];
    expect(shortfallReasons(due, [[{ publisher: 0, attempted: 36 }], all])).toEqual([
      'driver 0 attempted 36 of the 3,000 messages that were due, of publisher 0',
    ]);
    const several = [0, 1, 2].map((publisher) => ({ publisher, attempted: 5 }));
    expect(shortfallReasons(due, [null, several])).toEqual([
      'driver 1 attempted 15 of the 3,020 messages that were due, of publisher 0 and 2 more',
    ]);
  });

  it('is none that attempted all, or heard late of the end of its phase', () => {
    expect(shortfallReasons([100], [[{ publisher: 0, attempted: 100 }], null])).toEqual([]);
    expect(shortfallReasons([100], [[{ publisher: 0, attempted: 103 }]])).toEqual([]);
  });
});
