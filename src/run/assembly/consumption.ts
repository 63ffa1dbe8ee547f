import { known, mapFigure, sumOf, unknown, type Figure } from '../../model/figure.ts';
import type { BackendOfLayer } from '../../model/layers.ts';
import { memoryOf } from '../../result/memory.ts';
import type { Cost, ProcessHealth, ProcessMemory, UnknownFigure } from '../../result/run-result.ts';
import { NS_PER_SECOND } from '../../model/units.ts';
import type { UseAccount } from './use-account.ts';
import type { Measured } from './measured.ts';

/** Health of the processes and cost of the deliveries, and why what is null there is not known. */
export interface Consumption {
  readonly health: readonly ProcessHealth[];
  readonly cost: Cost;
  readonly unknown: readonly UnknownFigure[];
}

export function consumptionOf(measured: Measured, delivered: number, backend: BackendOfLayer): Consumption {
  const health = healthOf(measured);
  const cost = costOf(measured, delivered, backend);
  return {
    health: health.map(({ entry }) => entry),
    cost: {
      cpuSecondsPer1000Deliveries: cost.cpuSecondsPer1000Deliveries.value,
      redisCommandsPer1000Deliveries: cost.redisCommandsPer1000Deliveries.value,
      redisRoundTripsPer1000Deliveries: cost.redisRoundTripsPer1000Deliveries.value,
      redisBytesPer1000Deliveries: cost.redisBytesPer1000Deliveries.value,
    },
    unknown: [
      ...health.flatMap(({ unknown: figures }) => figures),
      ...Object.entries(cost).flatMap(([name, figure]) => reasonOf(`cost.${name}`, figure)),
    ],
  };
}

/** Where a figure would stand, and why it does not: nothing for one that does, or that does not apply. */
export function reasonOf(figure: string, { reason }: Figure): readonly UnknownFigure[] {
  return reason === null || reason === '' ? [] : [{ figure, reason }];
}

type Loop = Pick<ProcessHealth, 'eventLoopUtilization' | 'eventLoopDelayP99Us'>;

interface HealthRow {
  readonly entry: ProcessHealth;
  readonly unknown: readonly UnknownFigure[];
}

const NO_LOOP: Loop = { eventLoopUtilization: null, eventLoopDelayP99Us: null };
/** No figure, and nothing to be said about it. */
const DOES_NOT_APPLY: Figure = unknown('');

/** Health of every process over measure and drain. */
function healthOf(measured: Measured): readonly HealthRow[] {
  const { serverUses, serversAfter, drivers, driverMemory, redisUse, proxy } = measured;
  const seconds = (measured.endNs - measured.startNs) / NS_PER_SECOND;
  const row = (
    role: ProcessHealth['role'],
    index: number,
    cpuSeconds: Figure,
    atEnd: Figure,
    memory: ProcessMemory | null,
    loop: Loop,
  ): HealthRow => {
    const cpu = mapFigure(cpuSeconds, (value) => value / seconds);
    const { eventLoopUtilization, eventLoopDelayP99Us } = loop;
    const place = `health.${role}.${index}`;
    return {
      entry: { role, index, cpuRatio: cpu.value, eventLoopUtilization, eventLoopDelayP99Us, rssBytes: atEnd.value, memory },
      unknown: [...reasonOf(`${place}.cpuRatio`, cpu), ...reasonOf(`${place}.rssBytes`, atEnd)],
    };
  };
  return [
    ...serverUses.map((use, index) =>
      row('server', index, use.cpuSeconds(), use.memoryAtEnd(), use.memory(), serversAfter[index] ?? NO_LOOP),
    ),
    ...drivers.flatMap((report, index) => {
      if (report === null) return [];
      const { cpuSecondsSinceMark, rssBytes } = report.health;
      const samples = [...(driverMemory[index]?.samples ?? []), { atNs: measured.endNs, bytes: rssBytes }];
      const peakBytes = Math.max(rssBytes, driverMemory[index]?.peakBytes ?? 0);
      return [row('driver', index, known(cpuSecondsSinceMark), known(rssBytes), memoryOf({ samples, peakBytes }, true), report.health)];
    }),
    row('coordinator', 0, known(measured.coordinatorCpuSeconds), DOES_NOT_APPLY, null, {
      ...NO_LOOP,
      eventLoopUtilization: measured.coordinatorLoopUse,
    }),
    ...(redisUse === null ? [] : [row('redis', 0, redisUse.cpuSeconds(), redisUse.memoryAtEnd(), redisUse.memory(), NO_LOOP)]),
    ...(proxy === null ? [] : [row('proxy', 0, known(proxy.cpuSeconds), known(proxy.rssBytes), null, NO_LOOP)]),
  ];
}

/** What the system under test (servers and Redis) spent per 1,000 deliveries. */
function costOf(
  { serverUses, redisUse, redisUnread, isOneRedis, otherClients }: Measured,
  delivered: number,
  backend: BackendOfLayer,
): Readonly<Record<keyof Cost, Figure>> {
  const per1000 = (amount: Figure): Figure => (delivered === 0 ? DOES_NOT_APPLY : mapFigure(amount, (value) => (value * 1000) / delivered));
  const ofRedis = (read: (use: UseAccount) => Figure): Figure => {
    if (!isOneRedis) return unknown('only the first of several Redis servers is read');
    if (otherClients?.whose === 'foreign') return unknown('others used this Redis too');
    if (redisUse !== null) return read(redisUse);
    return backend === null ? DOES_NOT_APPLY : unknown(redisUnread ?? "it is the application's own Redis, which bench does not read");
  };
  const redisCpu = redisUse === null && backend === null ? [] : [ofRedis((use) => use.cpuSeconds())];
  const roundTrips = sumOf(serverUses.map((use) => use.counted('roundTrips', 'round trips')));
  return {
    cpuSecondsPer1000Deliveries: per1000(sumOf([...serverUses.map((use) => use.cpuSeconds()), ...redisCpu])),
    redisCommandsPer1000Deliveries: per1000(ofRedis((use) => use.counted('commands', 'commands'))),
    redisRoundTripsPer1000Deliveries: per1000(backend === null ? DOES_NOT_APPLY : roundTrips),
    redisBytesPer1000Deliveries: per1000(ofRedis((use) => use.counted('bytes', 'network traffic'))),
  };
}
