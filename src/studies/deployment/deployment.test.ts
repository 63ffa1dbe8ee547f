import { describe, expect, it } from 'vitest';
import { sampleCapacity } from '../../../test/sample-results.ts';
import { sampleWorkload } from '../../../test/sample-workload.ts';
import type { CapacityPoint, CapacityResult } from '../../result/capacity-result.ts';
import { canonicalWorkload } from '../../model/workload.ts';
import { chooseDeployment, demandOf, demandOfWorkload, type DeploymentChoice } from './deployment.ts';
import type { Demand, Setting } from '../../result/deployment-result.ts';

const ASKED = { connections: 5000, groupSize: 50, ratePerSecond: 2, slo: ['p99<100ms', 'loss<0.01%'], headroom: 1.5 };
const DEMAND = demandOf(ASKED);

const point = (processes: number, deliveredPerSecond: number, parts: Partial<CapacityPoint> = {}): CapacityPoint => {
  const [sample] = sampleCapacity().points as [CapacityPoint];
  const lower = { ratePerSecond: 1, deliveredPerSecond, deliverySeconds: 5, confirmed: true };
  return { ...sample, name: `fanout/redis/node/p${processes}`, server: { kind: 'node', processes }, lower, ...parts };
};

function chosen(points: readonly CapacityPoint[], result: Partial<CapacityResult> = {}, demand: Demand = DEMAND): DeploymentChoice {
  return chooseDeployment(demand, [{ path: 'capacity.json', result: { ...sampleCapacity(), points, ...result } }]);
}

const setting = ({ answer }: DeploymentChoice, name: Setting['name']): Setting | undefined =>
  answer!.settings.find((one) => one.name === name);

describe('a demand', () => {
  it('is as many deliveries as connections get messages, and as many sends as there are groups', () => {
    expect(DEMAND).toMatchObject({ groups: 100, sendsPerSecond: 200, deliveriesPerSecond: 10_000 });
    expect(demandOf({ ...ASKED, connections: 120 })).toMatchObject({ groups: 3, deliveriesPerSecond: 240 });
  });
});

describe('a demand of an observed workload', () => {
  const profile = canonicalWorkload(sampleWorkload());
  const demand = (factor: number): Demand => demandOfWorkload({ slo: ['p99<100ms'], headroom: 1.5 }, profile, { factor, by: 'groups' });
  /** 60 groups with 30.9 sends a second, and 322.2 deliveries. */
  const observed = (parameters: Record<string, string | number> = {}): Partial<CapacityResult> => ({
    scenario: { name: 'observed', parameters: { workload: profile, scale: 3, scaleBy: 'groups', ...parameters } },
  });

  it('has its sums, times the scale', () => {
    expect(demand(3)).toMatchObject({
      connections: 1920,
      groups: 180,
      groupSize: 10,
      workload: { scale: 3, scaleBy: 'groups', messageBytes: 317 },
    });
    expect(demand(3).sendsPerSecond).toBeCloseTo(3 * 30.9, 6);
    expect(demand(3).ratePerSecond).toBeCloseTo(30.9 / 60, 6);
    const deliveries = sampleWorkload().groups.reduce((sum, row) => sum + (row.sendsPerSecond! * row.members!) / row.groups, 0);
    expect(demand(3).deliveriesPerSecond).toBeCloseTo(3 * deliveries, 6);
  });

  it('is answered by that workload at that scale, and by nothing else', () => {
    const objections = (result: Partial<CapacityResult>): readonly string[] =>
      chosen([point(4, 20_000)], result, demand(3)).candidates[0]!.objections;
    expect(objections(observed())).toEqual([]);
    expect(objections(observed({ scale: 2, scaleBy: 'rate' }))).toEqual(['measured at 2 × the rate']);
    expect(objections(observed({ workload: canonicalWorkload(sampleWorkload({ dispersion: 3 })) }))).toEqual([
      'measured with another workload',
    ]);
    expect(objections({})).toEqual(['measured with fanout, not with groups as they are asked for (observed)']);
    expect(chosen([point(4, 20_000)], observed()).candidates[0]!.objections[0]).toContain('measured with observed');
  });

  it('cannot be carried where its rate with the headroom was missed', () => {
    const upper = { ratePerSecond: (1.5 * 30.9) / 60, deliveredPerSecond: 1, deliverySeconds: 5, confirmed: true };
    expect(chosen([point(4, 1, { upper })], observed(), demand(3)).outcome).toBe('cannot');
    expect(chosen([point(4, 1, { upper: { ...upper, ratePerSecond: 9 } })], observed(), demand(3)).outcome).toBe('unconfirmed');
  });
});

describe('what to deploy', () => {
  it('has the fewest processes that carried it with its headroom', () => {
    const choice = chosen([point(1, 9000), point(2, 14_900), point(4, 15_100), point(8, 30_000)]);
    expect(choice.answer!.candidate).toMatchObject({ server: { processes: 4 }, marginRatio: 1.51, objections: [] });
    expect(choice.candidates.map(({ objections }) => objections)).toEqual([
      ['carries 9,000/s, 0.9 × the demand'],
      ['carries 14,900/s, 1.49 × the demand'],
      [],
      [],
    ]);
    expect(setting(choice, 'processes')).toMatchObject({ value: 4, marginRatio: 1.51 });
  });

  it('says whether everything was measured and cannot do it, or whether some of it may', () => {
    const upper = (deliveredPerSecond: number, confirmed = true): Partial<CapacityPoint> => ({
      // 400 deliveries a message; the demand with its headroom is 15,000/s.
      upper: { ratePerSecond: deliveredPerSecond / 400, deliveredPerSecond, confirmed },
    });
    const missed = point(1, 9000, upper(10_000));
    expect(chosen([missed]).outcome).toBe('cannot');
    expect(chosen([missed, point(2, 20_000)]).outcome).toBe('answered');
    expect(chosen([missed, point(2, 14_000, upper(15_500))]).outcome).toBe('cannot');
    expect(chosen([missed, point(2, 14_000, upper(17_000))]).outcome).toBe('unconfirmed');
    expect(chosen([missed, point(2, 14_000, upper(15_000, false))]).outcome).toBe('unconfirmed');
    expect(chosen([missed, point(2, 14_000, { upper: null })]).outcome).toBe('unconfirmed');
    expect(chosen([missed, point(2, 1, { answer: 'isolated', lower: null })]).outcome).toBe('cannot');
    expect(chosen([missed], { scenario: { name: 'fanout', parameters: { members: 200, groups: 2 } } }).outcome).toBe('unconfirmed');
    expect(chosen([]).outcome).toBe('unconfirmed');
  });

  it('rests on the soak of the demand, where the search then rose and ended without another', () => {
    const soaked = (ratePerSecond: number, verdict: 'ok' | 'bad'): CapacityPoint => ({
      ...point(4, 40_000, { soak: { ratePerSecond, durationSeconds: 15, verdict, reasons: [] } }),
      lower: { ratePerSecond: 100, deliveredPerSecond: 40_000, deliverySeconds: 5, confirmed: false },
    });
    expect(chosen([soaked(40, 'ok')]).answer!.candidate).toMatchObject({ deliveredPerSecond: 16_000, objections: [] });
    expect(chosen([soaked(20, 'ok')]).candidates[0]!.objections).toEqual(['carries 8,000/s, 0.8 × the demand']);
    for (const other of [soaked(40, 'bad'), soaked(140, 'ok')])
      expect(chosen([other]).candidates[0]!.objections).toEqual(['what it carries was not confirmed by a soak']);
  });

  it('is of equal processes the layer that costs less CPU', () => {
    const cheap = point(2, 20_000, { name: 'fanout/redis-pubsub/node/p2', layer: { name: 'redis-pubsub', scope: 'shared' } });
    const { cost } = cheap;
    const dear = point(2, 40_000, { cost: { ...cost!, serverCpuSecondsPer1000Deliveries: 10 * cost!.serverCpuSecondsPer1000Deliveries! } });
    expect(chosen([dear, cheap]).answer!.candidate.layer.name).toBe('redis-pubsub');
  });

  it('rests on the search that carried the least', () => {
    const searches = [12_000, 40_000].map((deliveredPerSecond, replicate) => ({
      replicate,
      end: 'found' as const,
      upper: null,
      irregular: null,
      contestedPerSecond: [],
      trials: [],
      lower: { ratePerSecond: 1, deliveredPerSecond, deliverySeconds: 5, confirmed: true },
    }));
    expect(chosen([point(4, 40_000, { searches })]).answer).toBeNull();
  });

  it.each([
    { why: 'the layer does not connect processes', parts: { answer: 'isolated' as const, lower: null } },
    { why: 'no rate was carried', parts: { answer: 'below' as const, lower: null } },
    {
      why: 'what it carries was not confirmed by a soak',
      parts: { lower: { ratePerSecond: 1, deliveredPerSecond: 1e6, deliverySeconds: 5, confirmed: false } },
    },
  ])('is nothing of which $why', ({ why, parts }) => {
    const choice = chosen([point(4, 1e6, parts)]);
    expect([choice.answer, choice.candidates[0]!.objections]).toEqual([null, [why]]);
  });

  it('is never a layer that does not connect its processes, whatever it was measured for', () => {
    const memory = point(2, 1e6, { name: 'fanout/memory/node/p2', layer: { name: 'memory', scope: 'process' } });
    const goal = { ...sampleCapacity().goal, slo: ['p99<100ms'] };
    const demand = { ...DEMAND, slo: ['p99<100ms'] };
    const choice = chosen([memory], { goal }, demand);
    expect([choice.answer, choice.candidates[0]!.objections]).toEqual([null, ['the layer does not connect processes']]);
    expect(chosen([{ ...memory, server: { kind: 'node', processes: 1 } }], { goal }, demand).answer).not.toBeNull();
  });

  it('says that the evidence is too thin where nothing but a soak is missing', () => {
    const { answer, warnings } = chosen([
      point(4, 1e6, { lower: { ratePerSecond: 1, deliveredPerSecond: 1e6, deliverySeconds: 5, confirmed: false } }),
    ]);
    expect(answer).toBeNull();
    expect(warnings.at(-1)).toBe(
      'the evidence is too thin: fanout/redis/node/p4 would do, but no soak has confirmed it; measure with a longer --time-budget',
    );
  });

  it('says what the time was not enough for, and that a longer one may find another answer', () => {
    const [sample] = point(1, 1).searches;
    const searches = [{ ...sample!, end: 'timeBudget' as const, lower: null, upper: null }];
    const none = { lower: null, upper: null, searches };
    const points = [point(1, 20_000), point(2, 1, { ...none, answer: 'unknown' }), point(4, 1, { ...none, answer: 'below' })];
    const { candidates, warnings } = chosen(points);
    expect(candidates.map(({ objections }) => objections)).toEqual([[], ['not measured: the time was over'], ['no rate was carried']]);
    expect(warnings.at(-1)).toBe(
      'this plan rests on what the time was enough for: fanout/redis/node/p2 could not be measured; the search of fanout/redis/node/p4 did not end. A longer --time-budget may find another answer',
    );
    expect(chosen([point(1, 20_000)]).warnings.filter((warning) => warning.includes('the time'))).toEqual([]);
    const invalid = chosen([point(2, 1, { lower: null, upper: null, answer: 'unknown' })]);
    expect(invalid.candidates[0]!.objections).toEqual(['nothing valid was measured']);
    const interrupted = chosen([point(1, 20_000)], { run: { ...sampleCapacity().run, state: 'interrupted' } });
    expect(interrupted.warnings.at(-1)).toContain('capacity.json was interrupted, and what it did not begin is missing');
  });

  it("says that bench's own servers were measured, and is silent about Daphne", () => {
    const of = (kind: string, ...rates: readonly number[]): readonly string[] =>
      chosen(rates.map((rate) => point(1, rate, { server: { kind, processes: 1 } }))).warnings.filter((text) =>
        text.includes('Node servers'),
      );
    expect(of('node', 20_000)).toEqual([expect.stringContaining('--server daphne')]);
    expect(of('node', 1)).toHaveLength(1);
    expect(of('daphne', 20_000)).toEqual([]);
    expect(of('daphne', 1)).toEqual([]);
  });

  it.each([
    { why: 'measured with groups of 200', result: { scenario: { name: 'fanout', parameters: { members: 200 } } } },
    { why: 'measured with rooms, not with groups as they are asked for (fanout)', result: { scenario: { name: 'rooms', parameters: {} } } },
    { why: 'measured without p99<100ms', result: { goal: { ...sampleCapacity().goal, slo: ['p99<200ms', 'loss<0.01%'] } } },
    { why: 'measured without loss<0.01%', result: { goal: { ...sampleCapacity().goal, slo: ['p99<100ms'] } } },
  ])('is nothing that was $why', ({ why, result }) => {
    const choice = chosen([point(4, 1e6)], result);
    expect([choice.answer, choice.candidates[0]!.objections]).toEqual([null, [why]]);
  });

  it('takes a goal that was stricter', () => {
    const goal = { ...sampleCapacity().goal, slo: ['response.p99<50ms', 'loss<=0.001%'] };
    expect(chosen([point(4, 1e6)], { goal }).answer).not.toBeNull();
  });

  it('says what to measure next where nothing will do and the law says what may', () => {
    const estimate = (value: number): { value: number; interval: null } => ({ value, interval: null });
    const law = {
      lambda: estimate(5000),
      sigma: estimate(0.02),
      kappa: estimate(0),
      knee: null,
      validToProcesses: 6,
      isContention: false,
      caveats: [],
    };
    const { answer, warnings } = chosen([point(1, 5000), point(2, 9800)], { scalability: [{ ...law, layer: 'redis', server: 'node' }] });
    expect(answer).toBeNull();
    expect(warnings.at(-1)).toContain('redis under node may carry it with 4 processes');
    const { warnings: hopeless } = chosen([point(1, 500)], {
      scalability: [{ ...law, lambda: estimate(500), layer: 'redis', server: 'node' }],
    });
    expect(hopeless.filter((warning) => warning.includes('scalability law'))).toEqual([]);
  });
});

describe('the settings of a layer', () => {
  it('hold what waits in a queue twice over, and the messages of one moment', () => {
    const slow = { responseP99Us: 90_000, transitP999Us: 1_500_000, transitMaxUs: 4_000_000 };
    // 200/s × 1.5 s = 300, twice.
    expect(setting(chosen([point(4, 20_000, { latency: slow })]), 'capacity')).toMatchObject({ value: 600, marginRatio: 1 });
    // Upstream's 100 is as much as 100 groups at once need.
    expect(setting(chosen([point(4, 20_000)]), 'capacity')).toMatchObject({ value: 100, marginRatio: 1 });
    const manyGroups = demandOf({ ...ASKED, connections: 50_000, ratePerSecond: 0.2 });
    expect(setting(chosen([point(4, 20_000)], {}, manyGroups), 'capacity')!.value).toBe(1000);
  });

  it('let messages expire no sooner than a full queue is read after a stall', () => {
    expect(setting(chosen([point(4, 20_000)]), 'expiry')!.value).toBe(60);
    const stalled = { responseP99Us: 90_000, transitP999Us: 1000, transitMaxUs: 40_000_000 };
    // Twice 40 s, and 100 messages at 200/s.
    expect(setting(chosen([point(4, 20_000, { latency: stalled })]), 'expiry')!.value).toBe(81);
  });

  it('divide Redis above 60 % of its core at the demand', () => {
    const busy = (redisCeilingRatio: number): DeploymentChoice =>
      chosen([point(4, 20_000, { cost: { ...point(4, 0).cost!, redisCeilingRatio } })]);
    expect(setting(busy(0.9), 'redisShards')).toMatchObject({ value: 1 });
    // 100 % at 20,000/s would be 75 % at 15,000/s.
    const more = demandOf({ ...ASKED, ratePerSecond: 3, headroom: 1.2 });
    const choice = chosen([point(4, 20_000, { cost: { ...point(4, 0).cost!, redisCeilingRatio: 1 } })], {}, more);
    expect(setting(choice, 'redisShards')!.value).toBe(2);
    expect(choice.warnings).toContain('several Redis shards were not measured');
  });

  it('are only those that the layer has', () => {
    const pubsub = point(4, 20_000, { layer: { name: 'redis-pubsub', scope: 'shared' } });
    expect(chosen([pubsub]).answer!.settings.map(({ name }) => name)).toEqual(['layer', 'processes', 'redisShards', 'serverMemory']);
    const memory = point(1, 20_000, {
      layer: { name: 'memory', scope: 'process' },
      cost: { ...point(1, 0).cost!, redisCeilingRatio: null },
    });
    expect(chosen([memory]).answer!.settings.map(({ name }) => name)).toEqual(['layer', 'processes', 'serverMemory']);
  });
});
