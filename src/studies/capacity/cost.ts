import { hasBackend } from '../../model/layers.ts';
import { warningsThatMean } from '../../model/warnings.ts';
import type { CapacityCost, CapacityPoint, LimitingResource } from '../../result/capacity-result.ts';
import type { TrialJudgement } from './trial.ts';
import { addUp } from '../../model/figure.ts';
import type { ProcessHealth, RunResult } from '../../result/run-result.ts';
import { formatRatio } from '../../model/units.ts';

/** Busier than this, a core has nothing left to give. */
const BUSY_RATIO = 0.85;

/** What deliveries cost in a trial, by role. */
export function capacityCostOf(result: RunResult): CapacityCost {
  const { cost, measures, ledger, health } = result;
  const seconds = result.phases
    .filter(({ name }) => name === 'measure' || name === 'drain')
    .reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / 1000, 0);
  // The CPU time of a Redis is that of all its clients.
  const isShared = warningsThatMean(result.warnings, 'sharedBackend').length > 0;
  const cpuSeconds = (role: ProcessHealth['role']): number | null => {
    if (role === 'redis' && isShared) return null;
    const cores = addUp(health.flatMap((entry) => (entry.role === role ? [entry.cpuRatio] : [])));
    return cores === null || ledger.delivered === 0 ? null : (cores * seconds * 1000) / ledger.delivered;
  };
  return {
    serverCpuSecondsPer1000Deliveries: cpuSeconds('server'),
    redisCpuSecondsPer1000Deliveries: cpuSeconds('redis'),
    driverCpuSecondsPer1000Deliveries: cpuSeconds('driver'),
    redisCommandsPer1000Deliveries: cost.redisCommandsPer1000Deliveries,
    redisBytesPer1000Deliveries: cost.redisBytesPer1000Deliveries,
    serverBytesPerConnection: measures.find(({ name }) => name === 'serverBytesPerConnection')?.value ?? null,
    redisCeilingRatio: isShared ? null : (health.find(({ role }) => role === 'redis')?.cpuRatio ?? null),
  };
}

/** CPU time of servers and Redis per 1,000 deliveries; null where that of one of them is not known. */
export function systemCpuSeconds({ cost, layer }: Pick<CapacityPoint, 'cost' | 'layer'>): number | null {
  if (cost === null) return null;
  const redis = !hasBackend(layer) ? 0 : cost.redisCpuSecondsPer1000Deliveries;
  return addUp([cost.serverCpuSecondsPer1000Deliveries, redis]);
}

/** How busy the busiest process was, or all cores together, of 1; null where that is not known of all. */
export function busiestOf({ health, environment }: RunResult): number | null {
  const total = addUp(health.map(({ cpuRatio }) => cpuRatio));
  return total === null || health.length === 0
    ? null
    : Math.max(total / environment.host.cores, ...health.map(({ cpuRatio }) => cpuRatio ?? 0));
}

/** What gave out in a trial that was not sustained, or was not valid. */
export function limitingResource(result: RunResult, { verdict, reasons }: TrialJudgement): LimitingResource {
  const { health, ledger, environment } = result;
  const busiest = (role: ProcessHealth['role']): number =>
    Math.max(0, ...health.flatMap((entry) => (entry.role === role ? [entry.cpuRatio ?? 0] : [])));
  const total = addUp(health.map(({ cpuRatio }) => cpuRatio));
  const { cores } = environment.host;
  if (verdict === 'invalid') {
    const isGenerator = reasons.every((reason) => reason.startsWith('the generator fell behind'));
    return { kind: isGenerator ? 'generator' : 'invalidTrials', detail: reasons.join('; ') };
  }
  const lostMost = Math.max(0, ...Object.values(ledger.lost));
  if (lostMost > 0 && ledger.lost.overCapacity === lostMost)
    return { kind: 'lossByCapacity', detail: `${formatRatio(lostMost / ledger.expected)} of the deliveries met a full queue` };
  if (busiest('redis') >= BUSY_RATIO) return { kind: 'redisCpu', detail: `Redis used ${formatRatio(busiest('redis'))} of a core` };
  if (busiest('proxy') >= BUSY_RATIO) return { kind: 'proxyCpu', detail: `the proxy used ${formatRatio(busiest('proxy'))} of a core` };
  if (busiest('server') >= BUSY_RATIO)
    return { kind: 'serverCpu', detail: `the busiest server used ${formatRatio(busiest('server'))} of a core` };
  const loop = Math.max(0, ...health.flatMap(({ role, eventLoopUtilization }) => (role === 'driver' ? [eventLoopUtilization ?? 0] : [])));
  if (Math.max(loop, busiest('driver')) >= BUSY_RATIO)
    return { kind: 'generator', detail: `a driver was busy for ${formatRatio(Math.max(loop, busiest('driver')))} of the time` };
  if (total !== null && total >= BUSY_RATIO * cores)
    return { kind: 'machineCpu', detail: `all processes together used ${formatRatio(total / cores)} of ${cores} cores` };
  const unknown = health.find(({ cpuRatio }) => cpuRatio === null);
  if (unknown !== undefined) return { kind: 'unknown', detail: `how busy ${unknown.role} ${unknown.index} was is not known` };
  const most = Math.max(busiest('server'), busiest('redis'), busiest('proxy'));
  return { kind: 'unknown', detail: `no process used more than ${formatRatio(most)} of a core` };
}
