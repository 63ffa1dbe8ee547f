import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sampleParameters } from '../test/sample-parameters.ts';
import { planOf } from '../src/model/scenario.ts';
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from './registry.ts';

/*
 * Results of one scenario are compared over versions of bench. Who changes a Plan sees it here: results of before are no
 * longer results of the same.
 */

/** Digests of the Plan by its defaults, with 1 process and with 4. */
const DIGESTS: Readonly<Record<ScenarioName, readonly string[]>> = {
  fanout: ['9d6b3e6ed604', 'fa95e3b2f108'],
  'mass-broadcast': ['435ecf8fe44e', '17b289364c60'],
  rooms: ['6b33be7246dd', '847837d7ce72'],
  direct: ['6170d94f1051', '958bb8af67c9'],
  burst: ['7805d080be92', '5a0b1ac52f49'],
  'slow-consumer': ['fd19e7b69a44', 'a66eba2c389c'],
  churn: ['664b8fc6173f', '7a5c28af940f'],
  'http-trigger': ['915ed7d7ee81', '54af30ab9123'],
  failover: ['bcfac7c3a740', '41ce633d3b80'],
  'idle-connections': ['921b74821c60', '464e238411d3'],
  'session-affinity': ['889f9dc22693', 'bc895722a5a4'],
  ramp: ['2507b8b871b3', '78a29ebc4ee0'],
  observed: ['06aa3214db9f', 'b2996d677761'],
};

describe('the Plan of a scenario', () => {
  it.each(SCENARIO_NAMES)('%s is as it was', (name) => {
    const scenario = SCENARIOS[name];
    const digests = [1, 4].map((processes) => {
      const plan = planOf(scenario, sampleParameters(scenario), { processes });
      return createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 12);
    });
    expect(digests).toEqual(DIGESTS[name]);
  });
});
