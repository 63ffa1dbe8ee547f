import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleWorkload } from '../../test/sample-workload.ts';
import { validatePlan } from './plan-check.ts';
import { membersByGroup, planNumbers, type Plan } from './plan.ts';
import { workloadProblem, type WorkloadProfile, type WorkloadRow } from './workload.ts';
import { workloadDemand, type WorkloadScaleBy, type WorkloadScaling } from './workload-demand.ts';
import { workloadPlan } from './workload-plan.ts';

const AS_OBSERVED: WorkloadScaling = { factor: 1, by: 'groups', ratePerSecond: null };

function planOf(profile: WorkloadProfile, scaling: Partial<WorkloadScaling> = {}, processes = 4, durationMs = 60_000): Plan {
  const plan = workloadPlan(workloadDemand(profile, { ...AS_OBSERVED, ...scaling }), { processes, warmupMs: 0, durationMs });
  validatePlan(plan);
  return plan;
}

/** What a profile has a second, in sum. */
function sumsOf({ groups, connections, memberships }: WorkloadProfile): Record<'sends' | 'deliveries' | 'members' | 'connections', number> {
  const total = (of: (row: WorkloadRow) => number): number => groups.reduce((sum, row) => sum + of(row), 0);
  return {
    sends: total((row) => row.sendsPerSecond!),
    deliveries: total((row) => (row.sendsPerSecond! * row.members!) / row.groups),
    members: memberships!,
    connections: connections!,
  };
}

/** Connections of a Plan: the sockets of publishers are beside them. */
const connectionsOf = ({ sockets, publishers }: Plan): number => sockets.length - publishers.length;

/** A row of an octave from `smallest`, and how full it is. */
const rows = fc
  .array(
    fc.record({
      octave: fc.integer({ min: 0, max: 7 }),
      groups: fc.integer({ min: 1, max: 40 }),
      fill: fc.double({ min: 0, max: 1, noNaN: true }),
      perGroup: fc.double({ min: 0.01, max: 3, noNaN: true }),
      spread: fc.double({ min: 0, max: 1.5, noNaN: true }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((drawn) =>
    drawn
      .toSorted((a, b) => a.octave - b.octave)
      .map(({ octave, groups, fill, perGroup, spread }): WorkloadRow => {
        const sizes = [2 ** octave, 2 ** (octave + 1) - 1] as const;
        const members = Math.round(groups * (sizes[0] + fill * (sizes[1] - sizes[0])));
        return { sizes, groups, members, sendsPerSecond: groups * perGroup, spread };
      }),
  );

const profiles = fc
  .record({
    groups: rows,
    /** Connections for each membership: below 1, sockets are in several groups; above, some are idle. */
    perMembership: fc.double({ min: 0.6, max: 1.5, noNaN: true }),
    churnRatio: fc.double({ min: 0, max: 0.2, noNaN: true }),
    dispersion: fc.constantFrom(1, 4),
    mean: fc.integer({ min: 200, max: 2000 }),
  })
  .map(({ groups, perMembership, churnRatio, dispersion, mean }): WorkloadProfile => {
    const memberships = groups.reduce((sum, row) => sum + row.members!, 0);
    const largest = Math.max(...groups.map(({ sizes }) => sizes![1]));
    const messages = { at: [0.01, 0.25, 0.5, 0.75, 0.9, 0.99], bytes: [0.4, 0.6, 0.8, 1.2, 1.9, 3.9].map((part) => part * mean), mean };
    const connections = Math.max(largest, Math.round(memberships * perMembership));
    return sampleWorkload({ groups, memberships, connections, messages, dispersion, joinsPerSecond: memberships * churnRatio });
  });

describe('the Plan of a profile', () => {
  it('has its sends, deliveries, members, connections and bytes within 1 %, times the scale', () => {
    fc.assert(
      fc.property(
        profiles,
        fc.constantFrom(1, 2, 3),
        fc.constantFrom<WorkloadScaleBy>('groups', 'members', 'rate'),
        (profile, factor, by) => {
          expect(workloadProblem(profile)).toBeNull();
          const [plan, sums] = [planOf(profile, { factor, by }, 4, 600_000), sumsOf(profile)];
          const numbers = planNumbers(plan);
          const grown = by === 'rate' ? 1 : factor;
          const found = {
            sends: numbers.messagesPerSecond / sums.sends / (by === 'members' ? 1 : factor),
            deliveries: numbers.deliveriesPerSecond / sums.deliveries / factor,
            members: numbers.members / sums.members / grown,
            connections: connectionsOf(plan) / sums.connections / grown,
            bytes: (numbers.payloadBytes + 83) / profile.messages!.mean,
          };
          for (const [what, ratio] of Object.entries(found)) expect(Math.abs(ratio - 1), `${what}: ${ratio}`).toBeLessThan(0.01);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps members within the sizes of their row, and nobody is in a group twice', () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        const plan = planOf(profile);
        const sizes = membersByGroup(plan).map((members) => members.length);
        let group = 0;
        for (const row of profile.groups) {
          const own = sizes.slice(group, (group += row.groups));
          expect(Math.min(...own)).toBeGreaterThanOrEqual(row.sizes![0]);
          expect(Math.max(...own)).toBeLessThanOrEqual(row.sizes![1]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is near a part of it too: whole groups are all that it cannot divide', () => {
    const [numbers, sums] = [planNumbers(planOf(sampleWorkload(), { factor: 0.5 })), sumsOf(sampleWorkload())];
    expect(numbers.messagesPerSecond / sums.sends).toBeCloseTo(0.5, 6);
    expect(numbers.deliveriesPerSecond / sums.deliveries).toBeCloseTo(0.5, 1);
    expect(planOf(sampleWorkload(), { factor: 0.5 }).groups).toBe(30);
  });

  it('has the mean rate that is asked for, in the same proportions', () => {
    const [observed, asked] = [planOf(sampleWorkload()), planOf(sampleWorkload(), { ratePerSecond: 5 })];
    expect(planNumbers(asked).messagesPerSecond).toBeCloseTo(300, 6);
    const rates = ({ publishers }: Plan): readonly number[] =>
      publishers.map(({ arrivals }) => (arrivals.kind === 'poisson' ? arrivals.perSecond : NaN));
    const factor = 300 / planNumbers(observed).messagesPerSecond;
    rates(asked).forEach((rate, i) => expect(rate / rates(observed)[i]!).toBeCloseTo(factor, 6));
  });

  it('has joins at their rate, of members who are soon back, and never twice away', () => {
    const plan = planOf(sampleWorkload());
    const absences = plan.sockets.flatMap((socket) => socket.absences ?? []);
    expect(absences).toHaveLength(Math.round(3.7 * 60));
    for (const { fromMs, toMs, how } of absences) expect([toMs - fromMs <= 1000, how]).toEqual([true, 'leave']);
    for (const { absences: own = [] } of plan.sockets)
      own.forEach(({ fromMs }, i) => expect(fromMs).toBeGreaterThanOrEqual(own[i - 1]?.toMs ?? 0));
  });

  it('sends in bursts where sends were not spread at random', () => {
    const plan = planOf(sampleWorkload({ dispersion: 4.2 }));
    expect(new Set(plan.publishers.map(({ arrivals }) => (arrivals.kind === 'burst' ? arrivals.size : 0)))).toEqual(new Set([4]));
  });

  it('deals sockets, members and publishers over all processes', () => {
    const plan = planOf(sampleWorkload());
    const perProcess = [0, 1, 2, 3].map((process) => plan.sockets.filter((socket) => socket.process === process).length);
    expect(Math.max(...perProcess) - Math.min(...perProcess)).toBeLessThanOrEqual(2);
  });

  it.each<[string, Partial<WorkloadProfile>, RegExp]>([
    [
      'members',
      { memberships: null, groups: [{ ...sampleWorkload().groups[0]!, sizes: null, members: null }] },
      /does not have the sizes of groups/,
    ],
    ['rates', { memberships: 9, groups: [{ ...sampleWorkload().groups[0]!, sendsPerSecond: null }] }, /the rates of groups/],
    ['messages', { messages: null }, /the sizes of messages/],
    ['connections and joins', { connections: null, joinsPerSecond: null }, /the number of connections, how many connections join groups/],
    ['dispersion', { dispersion: null }, /how sends are spread over time/],
    ['sends: there are none', { groups: sampleWorkload().groups.map((row) => ({ ...row, sendsPerSecond: 0 })) }, /sends nothing/],
    ['groups: there are none', { groups: [], memberships: 0 }, /sends nothing/],
    ['connections: too few for its largest group', { connections: 50 }, /a group of 84 members, and 50 connections/],
    ['messages: too large', { messages: { at: [0.5], bytes: [2e6], mean: 2e6 } }, /messages of 1.91 MiB; a run sends 1 MiB at the most/],
  ])('is refused, with what to do, without %s', (_, changes, message) => {
    expect(() => planOf(sampleWorkload(changes))).toThrow(message);
    expect(() => planOf(sampleWorkload(changes))).toThrow(expect.objectContaining({ kind: 'usage' }) as Error);
  });

  it('is refused where it is too large, before it is built', () => {
    expect(() => planOf(sampleWorkload(), { factor: 1000 })).toThrow(/sockets; the limit is 200,000/);
  });
});

describe('the Plan of one profile', () => {
  it('is this one', () => {
    const plan = planOf(
      sampleWorkload({
        connections: 7,
        memberships: 9,
        groups: [
          { sizes: [1, 1], groups: 2, members: 2, sendsPerSecond: 3, spread: 0.5 },
          { sizes: [3, 4], groups: 2, members: 7, sendsPerSecond: 4, spread: 0 },
        ],
        messages: { at: [0.5], bytes: [183], mean: 183 },
        joinsPerSecond: 0.1,
      }),
      {},
      2,
      20_000,
    );
    expect(plan).toMatchInlineSnapshot(`
      {
        "durationMs": 20000,
        "groups": 4,
        "payloadBytes": 100,
        "payloads": {
          "at": [
            0.5,
          ],
          "bytes": [
            100,
          ],
        },
        "processes": 2,
        "publishers": [
          {
            "arrivals": {
              "kind": "poisson",
              "perSecond": 1.98752328,
              "phaseNs": 0,
            },
            "group": 0,
            "socket": 7,
          },
          {
            "arrivals": {
              "kind": "poisson",
              "perSecond": 1.01247672,
              "phaseNs": 0,
            },
            "group": 1,
            "socket": 8,
          },
          {
            "arrivals": {
              "kind": "poisson",
              "perSecond": 2,
              "phaseNs": 0,
            },
            "group": 2,
            "socket": 9,
          },
          {
            "arrivals": {
              "kind": "poisson",
              "perSecond": 2,
              "phaseNs": 0,
            },
            "group": 3,
            "socket": 10,
          },
        ],
        "sockets": [
          {
            "absences": [
              {
                "fromMs": 4910,
                "how": "leave",
                "toMs": 5270,
              },
            ],
            "groups": [
              0,
              3,
            ],
            "process": 0,
          },
          {
            "groups": [
              1,
              3,
            ],
            "process": 1,
          },
          {
            "groups": [
              2,
            ],
            "process": 0,
          },
          {
            "groups": [
              2,
            ],
            "process": 1,
          },
          {
            "absences": [
              {
                "fromMs": 14730,
                "how": "leave",
                "toMs": 15090,
              },
            ],
            "groups": [
              2,
            ],
            "process": 0,
          },
          {
            "groups": [
              3,
            ],
            "process": 1,
          },
          {
            "groups": [
              3,
            ],
            "process": 0,
          },
          {
            "groups": [],
            "process": 0,
          },
          {
            "groups": [],
            "process": 1,
          },
          {
            "groups": [],
            "process": 0,
          },
          {
            "groups": [],
            "process": 1,
          },
        ],
        "warmupMs": 0,
      }
    `);
  });
});
