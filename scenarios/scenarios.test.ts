import { describe, expect, it } from 'vitest';
import { parseFault } from '../src/model/faults.ts';
import { sampleParameters } from '../test/sample-parameters.ts';
import { membersByGroup, planNumbers, type Plan } from '../src/model/plan.ts';
import { firstDueTimes } from '../src/model/pacer.ts';
import { planOf } from '../src/model/scenario.ts';
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from './registry.ts';

function plan(name: ScenarioName, changes: Readonly<Record<string, number | string>> = {}, processes = 4): Plan {
  const scenario = SCENARIOS[name];
  return planOf(scenario, { ...sampleParameters(scenario), ...changes }, { processes });
}

/** Sockets on each process. */
const perProcess = ({ sockets, processes }: Plan): readonly number[] =>
  Array.from({ length: processes }, (_, process) => sockets.filter((socket) => socket.process === process).length);

describe('every scenario', () => {
  it.each(SCENARIO_NAMES)('%s says what it shows, and every parameter what it is for', (name) => {
    const { summary, parameters } = SCENARIOS[name];
    expect(SCENARIOS[name].name).toBe(name);
    expect(summary.length).toBeGreaterThan(20);
    for (const spec of Object.values(parameters)) expect(spec.help.length, spec.flag).toBeGreaterThan(4);
  });

  it.each(SCENARIO_NAMES)('%s has a Plan by its defaults, with 1 process and with 8', (name) => {
    for (const processes of [1, 8]) {
      const made = plan(name, {}, processes);
      expect(made.processes).toBe(processes);
      expect(planNumbers(made).deliveries + (made.visits?.length ?? 0)).toBeGreaterThan(0);
    }
  });
});

describe('mass-broadcast', () => {
  it('is one group that gets bursts', () => {
    const made = plan('mass-broadcast', {}, 2);
    expect(membersByGroup(made)[0]).toHaveLength(400);
    expect(made.publishers[0]!.arrivals).toEqual({ kind: 'burst', size: 20, everyNs: 1e9, phaseNs: 0 });
    expect([...firstDueTimes(made.publishers[0]!.arrivals, 1, 0, 21)].filter((ns) => ns === 0)).toHaveLength(20);
  });
});

describe('rooms', () => {
  it('lets every member publish, and hear itself', () => {
    const made = plan('rooms', { rooms: 3, members: 4, ratePerSecond: 8 });
    expect(made.publishers).toHaveLength(12);
    for (const { socket, group } of made.publishers) expect(made.sockets[socket]!.groups).toEqual([group]);
    expect(planNumbers(made)).toMatchObject({ messagesPerSecond: 24, deliveriesPerSecond: 96, pairs: 48 });
    expect(perProcess(made)).toEqual([3, 3, 3, 3]);
  });

  it('refuses more pairs than the ledger can hold', () => {
    expect(() => plan('rooms', { rooms: 100, members: 2000 })).toThrow(/400,000,000 \(publisher, member\) pairs/);
  });
});

describe('direct', () => {
  it('pairs each who asks with one who answers, on each process alike', () => {
    const made = plan('direct', { pairs: 16 });
    const pairs = made.publishers.map(({ socket, to }) => `${made.sockets[socket]!.process}→${made.sockets[to!]!.process}`);
    expect(new Set(pairs).size).toBe(16);
    for (const { socket, to, group } of made.publishers) expect(membersByGroup(made)[group]).toEqual([socket, to]);
  });
});

describe('burst', () => {
  it('pauses all, one or none, the publisher too where it pauses all', () => {
    const paused = (choice: string): number =>
      plan('burst', { paused: choice }).sockets.filter((socket) => socket.pauses !== undefined).length;
    expect([paused('all'), paused('one'), paused('none')]).toEqual([11, 1, 0]);
    expect(planNumbers(plan('burst')).messages).toBe(250);
  });
});

describe('slow-consumer', () => {
  it('slows some members, again and again, until the end', () => {
    const made = plan('slow-consumer', { slow: 3, durationMs: 9000 });
    const slow = made.sockets.filter((socket) => socket.pauses !== undefined);
    expect(slow).toHaveLength(3);
    expect(slow[0]!.pauses).toEqual([
      { fromMs: 0, toMs: 2000 },
      { fromMs: 4000, toMs: 6000 },
      { fromMs: 8000, toMs: 9000 },
    ]);
    expect(plan('slow-consumer', { variant: 'client' }).sockets.some((socket) => socket.stalls !== undefined)).toBe(true);
  });

  it('refuses what cannot be', () => {
    expect(() => plan('slow-consumer', { slow: 30 })).toThrow(/--slow 30 is more than --members 20/);
    expect(() => plan('slow-consumer', { pauseMs: 5000 })).toThrow(/--pause is not shorter than --every/);
  });
});

describe('churn', () => {
  it('lets some members go away in turn, and come back', () => {
    const made = plan('churn', { durationMs: 4000 });
    const churning = made.sockets.filter((socket) => socket.absences !== undefined);
    expect(churning).toHaveLength(10);
    expect(new Set(churning.map((socket) => socket.absences![0]!.fromMs)).size).toBe(10);
    expect(churning[0]!.absences!.map(({ how }) => how)).toEqual(['leave', 'disconnect']);
    for (const { absences } of churning) for (const { fromMs, toMs } of absences!) expect(toMs - fromMs).toBe(700);
    // 10 members miss 2 × 0.7 s of 50/s, of 40 × 200 deliveries.
    expect(planNumbers(made).deliveries).toBe(8000 - 10 * 2 * 35);
  });

  it('refuses what cannot be', () => {
    expect(() => plan('churn', { churning: 41 })).toThrow(/--churning 41 is more than --members 40/);
    expect(() => plan('churn', { awayMs: 2000 })).toThrow(/--away is not shorter than --every/);
  });
});

describe('http-trigger', () => {
  it('deals its requests over all processes, exactly', () => {
    const made = plan('http-trigger', { requests: 1001 }, 3);
    expect(made.publishers.map(({ socket, arrivals }) => [made.sockets[socket]!.process, arrivals])).toEqual(
      [334, 334, 333].map((messages, process) => [
        process,
        { kind: 'flood', messages, connections: 4, warmupMessages: [134, 133, 133][process] },
      ]),
    );
    expect(planNumbers(made)).toMatchObject({ messages: 1001, deliveries: 1001 * 20 });
    expect(() => plan('http-trigger', { requests: 2 }, 3)).toThrow(/--requests 2 are fewer than --processes 3/);
  });
});

describe('failover', () => {
  it('kills server 0 half-way', () => {
    expect(plan('failover').faults).toEqual([parseFault('kill server 0 at 5s')]);
  });
});

describe('idle-connections', () => {
  it('has its sockets in groups of ten', () => {
    const made = plan('idle-connections', { connections: 95 });
    expect(membersByGroup(made).map((members) => members.length)).toEqual(Array.from({ length: 10 }, () => 10));
    expect(made.measures).toEqual(['connections']);
  });
});

describe('session-affinity', () => {
  it.each([
    [1, 0],
    [2, 1 / 2],
    [4, 3 / 4],
    [8, 7 / 8],
  ])('with %i processes, %f of the pages have their socket elsewhere; sticky, none', (processes, share) => {
    const strangers = (made: Plan): number => made.visits!.filter(({ page, socket }) => page !== socket).length / made.visits!.length;
    expect(strangers(plan('session-affinity', { pages: 100 }, processes))).toBe(share);
    expect(strangers(plan('session-affinity', { pages: 100, sticky: 'yes' }, processes))).toBe(0);
    const pairs = plan('session-affinity', { pages: 100 }, processes).visits!.map(({ page, socket }) => page * 8 + socket);
    const counts = new Set(pairs.map((pair) => pairs.filter((other) => other === pair).length));
    expect([new Set(pairs).size, counts.size]).toEqual([processes ** 2, 1]);
  });
});

describe('ramp', () => {
  it('climbs to its rate in steps', () => {
    const made = plan('ramp', { ratePerSecond: 100, rampSteps: 4, durationMs: 8000 });
    const due = [...firstDueTimes(made.publishers[0]!.arrivals, 1, 0, 500)];
    const inStep = (step: number): number => due.filter((ns) => ns >= step * 2e9 && ns < (step + 1) * 2e9).length;
    expect([0, 1, 2, 3].map(inStep)).toEqual([50, 100, 150, 200]);
    expect(planNumbers(made).messages).toBe(500);
  });
});
