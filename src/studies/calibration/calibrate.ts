import { calibrationPlan, carries, ceilingOf, nextRate, type CalibrationShape } from './calibration.ts';
import type { Calibration, CalibrationTrial } from '../../result/calibration-result.ts';
import type { RunRequest } from '../../result/request.ts';
import { serversOf } from '../../model/servers.ts';
import type { RunResult } from '../../result/run-result.ts';
import { runOnce } from '../../run/run.ts';
import { hostOf } from '../../store/calibrations.ts';

const NULL_LAYER = new URL('../selftest/faults/null-layer.js', import.meta.url).href;

export interface CalibrateOptions {
  readonly stop: AbortSignal;
  readonly onTrial: (trials: readonly CalibrationTrial[]) => void;
}

/** Finds what this machine carries in a topology with a layer that costs nothing; null where it was interrupted. */
export async function calibrate(shape: CalibrationShape, options: CalibrateOptions): Promise<Calibration | null> {
  const trials: CalibrationTrial[] = [];
  let last: RunResult | null = null;
  for (let rate = nextRate(trials); rate !== null; rate = nextRate(trials)) {
    const result = await runOnce(requestOf(shape, rate), { stop: options.stop, onEvent: () => undefined, save: async (saved) => saved });
    if (options.stop.aborted) return null;
    trials.push({ deliveriesPerSecond: rate, carried: carries(result) });
    last = result;
    options.onTrial(trials);
  }
  if (last === null) return null;
  return {
    schemaVersion: 1,
    kind: 'calibration',
    host: hostOf(last.environment),
    startedAt: last.run.startedAt,
    ...shape,
    ceiling: ceilingOf(trials),
    trials,
  };
}

function requestOf(shape: CalibrationShape, deliveriesPerSecond: number): RunRequest {
  return {
    scenario: { name: 'calibration', parameters: { ...shape, deliveriesPerSecond } },
    plan: calibrationPlan(shape, deliveriesPerSecond),
    layer: {
      name: 'null',
      scope: 'process',
      backend: null,
      membershipsIn: 'process',
      options: {},
      setting: null,
      module: { specifier: 'the null layer', url: NULL_LAYER, shownOptions: [] },
    },
    drivers: null,
    servers: serversOf('node', shape.processes),
    hosts: null,
    mayBreakRedis: false,
    prefix: null,
    seed: 1,
    limits: [],
    tags: {},
    command: 'bench calibrate',
  };
}
