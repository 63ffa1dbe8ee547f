import { describe, expect, it } from 'vitest';
import { SCENARIO_NAMES, SCENARIOS } from '../../scenarios/registry.ts';
import { builtInLayer } from './layer-catalog.ts';
import { defaultValues } from './parameters.ts';
import type { RunRequest } from './request.ts';
import { planOf } from './scenario.ts';
import { checkSearchable, searchable, trialRequest, type SearchableScenario } from './searchable-scenario.ts';
import { serversOf } from './server-catalog.ts';

function requestOf({ rest }: SearchableScenario): RunRequest {
  const parameters = defaultValues(rest.parameters);
  return {
    scenario: { name: rest.name, parameters },
    plan: planOf(rest, parameters, { processes: 2 }),
    layer: builtInLayer('redis', []),
    servers: serversOf('node', 2),
    drivers: null,
    hosts: null,
    prefix: null,
    seed: 1,
    limits: [],
    tags: {},
    command: '',
  };
}

describe('a scenario to search', () => {
  it('has a rate and a duration', () => {
    const without = SCENARIO_NAMES.filter((name) => searchable(SCENARIOS[name]) === null);
    expect(without).toEqual(['http-trigger', 'session-affinity']);
  });

  it('leaves the user what trials do not choose, and has their load in each', () => {
    const scenario = searchable(SCENARIOS.fanout)!;
    expect(Object.keys(scenario.rest.parameters)).not.toContain('ratePerSecond');
    const request = requestOf(scenario);
    const trial = trialRequest(request, scenario, { ratePerSecond: 33, durationSeconds: 2, warmupSeconds: 1 });
    expect(trial.scenario.parameters).toEqual({ ...request.scenario.parameters, ratePerSecond: 33, durationMs: 2000, warmupMs: 1000 });
    expect(trial.plan).toMatchObject({ durationMs: 2000, warmupMs: 1000, measures: ['connections'] });
    expect(trial.plan.publishers.map(({ arrivals }) => arrivals)).toMatchObject([{ kind: 'constant', perSecond: 33 }]);
  });

  it('has a load that follows its rate, and nothing that breaks', () => {
    expect(() => checkSearchable(requestOf(searchable(SCENARIOS.fanout)!))).not.toThrow();
    expect(() => checkSearchable(requestOf(searchable(SCENARIOS.ramp)!))).toThrow('arrivals that climb');
    expect(() => checkSearchable(requestOf(searchable(SCENARIOS.failover)!))).toThrow('faults');
  });
});
