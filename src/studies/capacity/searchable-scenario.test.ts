import { describe, expect, it } from 'vitest';
import { SCENARIO_NAMES, SCENARIOS } from '../../../scenarios/registry.ts';
import { sampleRequest } from '../../../test/sample-request.ts';
import { checkSearchable, searchable, trialRequest } from './searchable-scenario.ts';

describe('a scenario to search', () => {
  it('has a rate and a duration', () => {
    const without = SCENARIO_NAMES.filter((name) => searchable(SCENARIOS[name]) === null);
    expect(without).toEqual(['http-trigger', 'session-affinity']);
  });

  it('leaves the user what trials do not choose, and has their load in each', () => {
    const scenario = searchable(SCENARIOS.fanout)!;
    expect(Object.keys(scenario.rest.parameters)).not.toContain('ratePerSecond');
    const request = sampleRequest(scenario.rest);
    const trial = trialRequest(request, scenario, { ratePerSecond: 33, durationSeconds: 2, warmupSeconds: 1 });
    expect(trial.scenario.parameters).toEqual({ ...request.scenario.parameters, ratePerSecond: 33, durationMs: 2000, warmupMs: 1000 });
    expect(trial.plan).toMatchObject({ durationMs: 2000, warmupMs: 1000, measures: ['connections'] });
    expect(trial.plan.publishers.map(({ arrivals }) => arrivals)).toMatchObject([{ kind: 'constant', perSecond: 33 }]);
  });

  it('has a load that follows its rate, and nothing that breaks', () => {
    expect(() => checkSearchable(sampleRequest(searchable(SCENARIOS.fanout)!.rest))).not.toThrow();
    expect(() => checkSearchable(sampleRequest(searchable(SCENARIOS.ramp)!.rest))).toThrow('arrivals that climb');
    expect(() => checkSearchable(sampleRequest(searchable(SCENARIOS.failover)!.rest))).toThrow('faults');
  });
});
