import { SCENARIOS, type ScenarioName } from '../../../scenarios/registry.ts';
import type { LayerName } from '../../model/layers.ts';
import { builtInLayer, type ChosenLayer } from '../../model/chosen-layer.ts';
import { parseFault } from '../../model/faults.ts';
import { defaultValues, type ParameterValue } from '../../model/parameters.ts';
import type { RunRequest } from '../../result/request.ts';
import { planOf } from '../../model/scenario.ts';
import { serversOf } from '../../model/servers.ts';

export interface RequestParts {
  readonly scenario: ScenarioName;
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  readonly layer: LayerName;
  readonly options?: readonly string[];
  readonly processes?: number;
  readonly drivers?: number;
  readonly faults?: readonly string[];
}

/** A run of the self-test: short, and with the scenario's defaults otherwise. Without faults, the scenario's own are left out. */
export function selftestRequest(parts: RequestParts): RunRequest {
  const { scenario: name, layer, options = [], processes = 1, drivers = 1, faults = [] } = parts;
  const scenario = SCENARIOS[name];
  const parameters = { ...defaultValues(scenario.parameters), warmupMs: 300, ...parts.parameters };
  return {
    scenario: { name, parameters },
    plan: { ...planOf(scenario, parameters, { processes }), faults: faults.map(parseFault) },
    layer: builtInLayer(layer, options),
    drivers,
    servers: serversOf('node', processes),
    hosts: null,
    mayBreakRedis: false,
    prefix: null,
    seed: 1,
    limits: [],
    tags: {},
    command: 'bench selftest',
  };
}

const FAULTY_LAYER = new URL('./faults/faulty-layer.js', import.meta.url).href;

/** The same run over the faulty layer. */
export function overFaultyLayer(request: RunRequest, faults: string, log: string): RunRequest {
  const layer: ChosenLayer = {
    name: 'memory',
    scope: 'process',
    backend: null,
    membershipsIn: 'process',
    options: { ...request.layer.options, faults, log },
    setting: null,
    module: { specifier: 'the faulty layer', url: FAULTY_LAYER, shownOptions: ['faults', 'log'] },
  };
  return { ...request, layer };
}
