import { isLayerName, LAYERS } from '../../model/layers.ts';
import type { CapacityPoint, CapacityResult } from '../../result/capacity-result.ts';
import type { Candidate, Demand, Setting } from '../../result/deployment-result.ts';
import { atLeast, counted, formatBytes, formatCount, formatNumber, formatPerSecond, formatRatio, formatUs } from '../../model/units.ts';

/*
 * The settings of a layer for a demand, each by a rule and its evidence. Little's law: what waits in a queue is the rate
 * at which it arrives × the time for which it waits.
 */

/** Upstream's defaults: less gains nothing. */
const DEFAULT_CAPACITY = 100;
const DEFAULT_EXPIRY_SECONDS = 60;
/** Twice what was seen. */
const SAFETY = 2;
/** Above this share of its one core, Redis is divided. */
const MOST_REDIS_RATIO = 0.6;
const US_PER_SECOND = 1e6;
/** Of a message beside its payload: names of the channels that it is for, type, random prefix; of a queue's entry in Redis. */
const BYTES_PER_MEMBER = 76;
const BYTES_PER_ENTRY = 160;

/** Whether a layer keeps queues in its backend, which are bounded there. */
function keepsQueues(name: string): boolean {
  return isLayerName(name) && LAYERS[name].backend !== null && LAYERS[name].traits.queues === true;
}

export function settingsOf(
  demand: Demand,
  point: CapacityPoint,
  result: CapacityResult,
  candidate: Candidate,
): { readonly settings: readonly Setting[]; readonly warnings: readonly string[] } {
  const { layer, server, cost } = point;
  const capacity = capacitySetting(demand, point);
  const shards = shardsSetting(demand, point, candidate);
  const chosen: readonly Setting[] = [
    {
      name: 'layer',
      value: layer.name,
      evidence: `carried ${formatPerSecond(Math.round(candidate.deliveredPerSecond!))} of deliveries within ${result.goal.slo.join(', ')}`,
      marginRatio: candidate.marginRatio,
    },
    {
      name: 'processes',
      value: server.processes,
      evidence: `the fewest that carry ${formatNumber(demand.headroom, 2)} × the demand of ${formatPerSecond(demand.deliveriesPerSecond)}`,
      marginRatio: candidate.marginRatio,
    },
  ];
  const perConnection = cost?.serverBytesPerConnection ?? null;
  const settings = [
    ...chosen,
    ...(capacity === null ? [] : [capacity, expirySetting(point, Number(capacity.value), demand)]),
    ...(shards === null ? [] : [shards]),
    ...(capacity === null ? [] : [redisMemory(demand, point, result, Number(capacity.value))]),
    ...(perConnection === null ? [] : [serverMemory(demand, perConnection, server.processes)]),
  ];
  return { settings, warnings: shards !== null && Number(shards.value) > 1 ? ['several Redis shards were not measured'] : [] };
}

/**
 * Of one queue, which all consumers of a process share: twice what waits there at the 99.9th percentile, never fewer than
 * the messages of one moment, when all groups are sent to at once.
 */
function capacitySetting({ sendsPerSecond, groups }: Demand, { layer, latency }: CapacityPoint): Setting | null {
  if (!keepsQueues(layer.name) || latency === null || latency.transitP999Us === null) return null;
  const waiting = (sendsPerSecond * latency.transitP999Us) / US_PER_SECOND;
  const needed = Math.max(Math.ceil(SAFETY * waiting), groups, 1);
  const value = Math.max(DEFAULT_CAPACITY, needed);
  const burst = `${formatCount(groups)} ${groups === 1 ? 'group' : 'groups'} in one moment`;
  return {
    name: 'capacity',
    value,
    evidence: `a queue of ${formatPerSecond(sendsPerSecond)} × transit p99.9 of ${atLeast(formatUs(latency.transitP999Us), latency.censored?.includes('transitP999Us'))} holds ${formatNumber(waiting, 2)}, twice that, and ${burst}`,
    marginRatio: value / needed,
  };
}

/** Twice the longest that a message waited, and the time in which a full queue is read. */
function expirySetting({ latency }: CapacityPoint, capacity: number, { sendsPerSecond }: Demand): Setting {
  const stallUs = latency!.transitMaxUs;
  const readSeconds = capacity / Math.max(1, sendsPerSecond);
  const reading = `${formatNumber(readSeconds, 2)} s to read a full queue`;
  if (stallUs === null)
    return {
      name: 'expiry',
      value: Math.max(DEFAULT_EXPIRY_SECONDS, Math.ceil(readSeconds)),
      evidence: `how long messages waited is not known, since servers did not stamp them; ${reading}`,
      marginRatio: null,
    };
  const stallSeconds = stallUs / US_PER_SECOND;
  const needed = SAFETY * stallSeconds + readSeconds;
  const value = Math.max(DEFAULT_EXPIRY_SECONDS, Math.ceil(needed));
  return {
    name: 'expiry',
    value,
    evidence: `twice the longest wait of ${atLeast(formatUs(stallUs), latency?.censored?.includes('transitMaxUs'))}, and ${reading}`,
    marginRatio: value / needed,
  };
}

function shardsSetting({ deliveriesPerSecond }: Demand, { cost }: CapacityPoint, { deliveredPerSecond }: Candidate): Setting | null {
  const ratio = cost?.redisCeilingRatio ?? null;
  if (ratio === null) return null;
  const atDemand = (ratio * deliveriesPerSecond) / deliveredPerSecond!;
  const value = Math.max(1, Math.ceil(atDemand / MOST_REDIS_RATIO));
  return {
    name: 'redisShards',
    value,
    evidence: `Redis is busy for ${formatRatio(atDemand)} of its core at the demand; one is enough up to ${formatRatio(MOST_REDIS_RATIO)}`,
    marginRatio: (MOST_REDIS_RATIO * value) / atDemand,
  };
}

/** All queues full at once, and the members of all groups. */
function redisMemory(demand: Demand, { server }: CapacityPoint, { scenario }: CapacityResult, capacity: number): Setting {
  const payload = Number(scenario.parameters['payloadBytes'] ?? demand.workload?.messageBytes ?? 0);
  const membersPerQueue = Math.ceil(demand.groupSize / server.processes);
  const message = payload + BYTES_PER_ENTRY + membersPerQueue * BYTES_PER_MEMBER;
  const queues = server.processes * capacity * message;
  const memberships = demand.connections * BYTES_PER_ENTRY;
  return {
    name: 'redisMemory',
    value: queues + memberships,
    evidence: `${counted(server.processes, 'full queue')} of ${formatCount(capacity)} messages of ${formatBytes(message)}, and ${formatCount(demand.connections)} memberships: an estimate, not measured`,
    marginRatio: null,
  };
}

function serverMemory({ connections }: Demand, bytesPerConnection: number, processes: number): Setting {
  return {
    name: 'serverMemory',
    value: (connections / processes) * bytesPerConnection,
    evidence: `of each process, for ${formatCount(connections / processes)} connections of ${formatBytes(bytesPerConnection)}, beside what it takes without any`,
    marginRatio: null,
  };
}
