import type { ServerReport } from '../../core/evidence.ts';
import type { Cost, ProcessHealth } from '../../core/result.ts';
import { NS_PER_SECOND } from '../../core/units.ts';
import type { Measured } from './measured.ts';

/** Health of every process over measure and drain. */
export function healthOf(measured: Measured): readonly ProcessHealth[] {
  const seconds = (measured.endNs - measured.startNs) / NS_PER_SECOND;
  const servers = measured.serversAfter.flatMap((report, index): ProcessHealth[] =>
    report === null
      ? []
      : [
          {
            role: 'server',
            index,
            cpuRatio: report.cpuSeconds / seconds,
            eventLoopUtilization: report.eventLoopUtilization,
            eventLoopDelayP99Us: report.eventLoopDelayP99Us,
            rssBytes: report.rssBytes,
          },
        ],
  );
  const drivers = measured.drivers.flatMap((report, index): ProcessHealth[] =>
    report === null
      ? []
      : [
          {
            role: 'driver',
            index,
            cpuRatio: report.health.cpuSeconds / seconds,
            eventLoopUtilization: report.health.eventLoopUtilization,
            eventLoopDelayP99Us: report.health.eventLoopDelayP99Us,
            rssBytes: report.health.rssBytes,
          },
        ],
  );
  const coordinator: ProcessHealth = {
    role: 'coordinator',
    index: 0,
    cpuRatio: measured.coordinatorCpuSeconds / seconds,
    eventLoopUtilization: measured.coordinatorLoopUse,
    eventLoopDelayP99Us: null,
    rssBytes: null,
  };
  return [...servers, ...drivers, coordinator, ...redisHealth(measured), ...proxyHealth(measured, seconds)];
}

function redisHealth({ redis }: Measured): readonly ProcessHealth[] {
  if (redis === null || !redis.sameServer) return [];
  return [
    { role: 'redis', index: 0, cpuRatio: redis.cpuRatio, eventLoopUtilization: null, eventLoopDelayP99Us: null, rssBytes: redis.rssBytes },
  ];
}

function proxyHealth({ proxy }: Measured, seconds: number): readonly ProcessHealth[] {
  if (proxy === null) return [];
  const { cpuSeconds, rssBytes } = proxy;
  return [{ role: 'proxy', index: 0, cpuRatio: cpuSeconds / seconds, eventLoopUtilization: null, eventLoopDelayP99Us: null, rssBytes }];
}

/** What the system under test (servers and Redis) spent per 1,000 deliveries. */
export function costOf(measured: Measured, delivered: number): Cost {
  if (delivered === 0) {
    return {
      cpuSecondsPer1000Deliveries: null,
      redisCommandsPer1000Deliveries: null,
      redisRoundTripsPer1000Deliveries: null,
      redisBytesPer1000Deliveries: null,
    };
  }
  const per1000 = (amount: number): number => (amount * 1000) / delivered;
  // A Redis that was restarted has forgotten what it had spent.
  const redis = measured.redis?.sameServer === true ? measured.redis : null;
  const cpuSeconds = measured.serversAfter.reduce((sum, report) => sum + (report?.cpuSeconds ?? 0), redis?.cpuSeconds ?? 0);
  // Servers in Python do not know them.
  const countsRoundTrips = measured.serversAfter.every((report) => report === null || 'roundTrips' in report.counters);
  const roundTrips = measured.serversAfter.reduce(
    (sum, report, i) => sum + countedSince(report, measured.serversBefore[i] ?? null, 'roundTrips'),
    0,
  );
  return {
    cpuSecondsPer1000Deliveries: per1000(cpuSeconds),
    redisCommandsPer1000Deliveries: redis === null ? null : per1000(redis.commands),
    redisRoundTripsPer1000Deliveries: redis === null || !countsRoundTrips ? null : per1000(roundTrips),
    redisBytesPer1000Deliveries: redis === null ? null : per1000(redis.bytes),
  };
}

/** What a server's layer has counted between two reports. */
export function countedSince(after: ServerReport | null, before: ServerReport | null, counter: string): number {
  return after === null ? 0 : (after.counters[counter] ?? 0) - (before?.counters[counter] ?? 0);
}
