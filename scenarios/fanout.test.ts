import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultValues } from '../src/model/parameters.ts';
import { membersByGroup, planNumbers, type Plan } from '../src/model/plan.ts';
import { firstDueTimes } from '../src/model/pacer.ts';
import { fanout } from './fanout.ts';
import { planOf } from '../src/model/scenario.ts';

function plan(changes: Readonly<Record<string, number | string>> = {}, processes = 4): Plan {
  return planOf(fanout, { ...defaultValues(fanout.parameters), ...changes }, { processes });
}

describe('fanout', () => {
  it('spreads members and publishers over all processes, group by group', () => {
    const { sockets, publishers } = plan({ groups: 2, members: 3, publishers: 2 }, 4);
    expect(sockets.filter((socket) => socket.groups[0] === 0).map((socket) => socket.process)).toEqual([0, 1, 2]);
    expect(sockets.filter((socket) => socket.groups[0] === 1).map((socket) => socket.process)).toEqual([1, 2, 3]);
    expect(publishers.map(({ group, socket }) => [group, sockets[socket]?.process])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
    ]);
  });

  it('keeps publishers out of the groups', () => {
    const { sockets, publishers } = plan({ groups: 3, publishers: 2 });
    for (const publisher of publishers) expect(sockets[publisher.socket]?.groups).toEqual([]);
    expect(new Set(publishers.map((publisher) => publisher.socket)).size).toBe(6);
  });

  it('gives a group its rate whatever the number of publishers, evenly spaced', () => {
    const built = plan({ groups: 2, publishers: 4, ratePerSecond: 20 });
    const dueNs = built.publishers.filter(({ group }) => group === 0).flatMap(({ arrivals }, i) => [...firstDueTimes(arrivals, 1, i, 5)]);
    expect(dueNs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, seq) => seq * 50e6));
    expect(planNumbers(built)).toMatchObject({ messagesPerSecond: 40, deliveriesPerSecond: 4000, pairs: 800 });
  });

  it('staggers groups', () => {
    const phases = plan({ groups: 4, ratePerSecond: 10 }).publishers.map(({ arrivals }) =>
      arrivals.kind === 'constant' ? arrivals.phaseNs : null,
    );
    expect(phases).toEqual([0, 25e6, 50e6, 75e6]);
  });

  it('takes Poisson arrivals', () => {
    expect(plan({ arrivals: 'poisson' }).publishers[0]?.arrivals).toEqual({ kind: 'poisson', perSecond: 20, phaseNs: 0 });
  });

  it('reaches 1/N of its members within one process', () => {
    const { deliveries, sameProcessDeliveries } = planNumbers(plan({ members: 200, ratePerSecond: 50 }, 8));
    expect(deliveries).toBe(100_000);
    expect(sameProcessDeliveries).toBe(12_500);
  });

  it('deals members fairly, for any size', () => {
    const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(small(5), small(40), small(5), small(9), (groups, members, publishers, processes) => {
        const built = plan({ groups, members, publishers }, processes);
        for (const group of membersByGroup(built)) {
          const counts = Array.from({ length: processes }, (_, p) => group.filter((socket) => built.sockets[socket]?.process === p).length);
          expect(group).toHaveLength(members);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('refuses plans that are too large, with the number, before it builds them', () => {
    expect(() => plan({ groups: 100_000, members: 200_000 })).toThrow(/20,000,000,000 \(publisher, member\) pairs; the limit is 5,000,000/);
    expect(() => plan({ groups: 2, members: 150_000 })).toThrow(/300,002 sockets; the limit is 200,000/);
    expect(() => plan({ ratePerSecond: 100_000, durationMs: 86_400_000 })).toThrow(/messages per publisher/);
  });
});
