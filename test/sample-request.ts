import { builtInLayer } from '../src/model/chosen-layer.ts';
import type { RunRequest } from '../src/result/request.ts';
import { planOf, type AnyScenario } from '../src/model/scenario.ts';
import { serversOf } from '../src/model/servers.ts';
import { sampleParameters } from './sample-parameters.ts';

/** A run of a scenario as its defaults have it, over Redis and two processes. */
export function sampleRequest(scenario: AnyScenario): RunRequest {
  const parameters = sampleParameters(scenario);
  return {
    scenario: { name: scenario.name, parameters },
    plan: planOf(scenario, parameters, { processes: 2 }),
    layer: builtInLayer('redis', []),
    servers: serversOf('node', 2),
    drivers: null,
    hosts: null,
    mayBreakRedis: false,
    prefix: null,
    seed: 1,
    limits: [],
    tags: {},
    command: '',
  };
}
