import { USUAL_SERVER } from '../../model/servers.ts';
import { HEADROOM_WANTED, warningOf } from '../../model/warnings.ts';
import type { Calibration, CalibrationTrial } from '../../result/calibration-result.ts';
import type { Plan } from '../../model/plan.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { Measure } from '../../model/measures.ts';
import { formatNumber, formatPerSecond, NS_PER_SECOND } from '../../model/units.ts';

export interface CalibrationShape {
  readonly processes: number;
  readonly membersPerProcess: number;
  readonly payloadBytes: number;
}

/** A load that is carried is answered within this time: beyond, it only piles up. */
const RESPONSE_P99_US = 100_000;
const DURATION_MS = 2000;
const WARMUP_MS = 1000;
const FIRST_PER_SECOND = 16_000;
/** 2^12 times the first rate is more than any machine carries. */
const MAX_DOUBLINGS = 12;
/** The interval is halved, on a logarithmic scale, so often: it ends a fifth wide. */
const BISECTIONS = 2;

/**
 * A group for each process, with all its members and one publisher there: every message is fanned out at once where it
 * arrives, and the deliveries are those of the Plan, with a layer that does not connect processes.
 */
export function calibrationPlan({ processes, membersPerProcess, payloadBytes }: CalibrationShape, deliveriesPerSecond: number): Plan {
  const all = Array.from({ length: processes }, (_, process) => process);
  const perSecond = deliveriesPerSecond / membersPerProcess / processes;
  return {
    processes,
    groups: processes,
    sockets: all.flatMap((process) => [
      { process, groups: [] },
      ...Array.from({ length: membersPerProcess }, () => ({ process, groups: [process] })),
    ]),
    publishers: all.map((process) => ({
      socket: process * (membersPerProcess + 1),
      group: process,
      arrivals: { kind: 'constant', perSecond, phaseNs: Math.floor((NS_PER_SECOND / perSecond) * (process / processes)) },
    })),
    payloadBytes,
    warmupMs: WARMUP_MS,
    durationMs: DURATION_MS,
  };
}

/** Whether a trial was carried: nothing lost, nothing invalid, and no queue that grows. */
export function carries({ validity, ledger, latency }: RunResult): boolean {
  return validity.valid && ledger.lostTotal === 0 && ledger.inFlight === 0 && (latency.response?.p99 ?? Infinity) < RESPONSE_P99_US;
}

/** The next rate to try, given the trials so far: doubled until one fails, then in between; null when the ceiling is known. */
export function nextRate(trials: readonly CalibrationTrial[]): number | null {
  if (trials.length === 0) return FIRST_PER_SECOND;
  const { carriedPerSecond, failedPerSecond } = ceilingOf(trials);
  if (failedPerSecond === null) return trials.length > MAX_DOUBLINGS ? null : carriedPerSecond * 2;
  if (carriedPerSecond === 0) return trials.length > MAX_DOUBLINGS ? null : failedPerSecond / 2;
  const width = Math.log2(failedPerSecond / carriedPerSecond);
  return width <= 2 ** -BISECTIONS + 1e-9 ? null : Math.sqrt(carriedPerSecond * failedPerSecond);
}

/** A rate above one that failed does not count, though it may have been carried by luck. */
export function ceilingOf(trials: readonly CalibrationTrial[]): Calibration['ceiling'] {
  const failed = trials.filter(({ carried }) => !carried).map((trial) => trial.deliveriesPerSecond);
  const failedPerSecond = failed.length === 0 ? null : Math.min(...failed);
  const carried = trials.filter((trial) => trial.carried && trial.deliveriesPerSecond < (failedPerSecond ?? Infinity));
  return { carriedPerSecond: Math.max(0, ...carried.map((trial) => trial.deliveriesPerSecond)), failedPerSecond };
}

/** A result with what its machine could carry above it, and a warning where that is not much. Other servers have other ceilings. */
export function withHeadroom(result: RunResult, calibration: Calibration): RunResult {
  const seconds = result.run.durationSeconds;
  const owed = result.ledger.expected - result.ledger.lost.isolated;
  if (seconds === 0 || owed === 0 || result.server.kind !== USUAL_SERVER) return result;
  const headroom = (calibration.ceiling.carriedPerSecond * seconds) / owed;
  const measure: Measure = {
    name: 'headroom',
    label: `headroom: ceiling of ${formatPerSecond(calibration.ceiling.carriedPerSecond)} with a layer that costs nothing`,
    unit: 'times',
    value: headroom,
    direction: 'higherIsBetter',
  };
  const warning = warningOf(
    'lowHeadroom',
    `the load is close to what this machine carries with a layer that costs nothing: ${formatNumber(headroom)} times it`,
  );
  return {
    ...result,
    measures: [...result.measures, measure],
    warnings: headroom < HEADROOM_WANTED ? [...result.warnings, warning] : result.warnings,
  };
}
