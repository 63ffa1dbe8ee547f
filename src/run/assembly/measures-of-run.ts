import { censor, type Shortfall } from '../../stats/censoring.ts';
import { extraMeasures, type ExtraMeasures, type MeasureInput } from '../../result/scenario-measures.ts';
import { sumOf } from '../../model/figure.ts';
import { summarize } from '../../stats/histogram.ts';
import type { Plan } from '../../model/plan.ts';
import { NS_PER_SECOND } from '../../model/units.ts';
import type { Interval } from '../../ledger/timeline.ts';
import type { DriverReport, VisitReport } from '../../processes/protocol.ts';
import type { Measured } from './measured.ts';

/** What the Plan asks for beside latency and loss. */
export function measuresOfRun(
  plan: Plan,
  measured: Measured,
  reports: readonly DriverReport[],
  intervals: readonly Interval[],
  unanswered: Shortfall,
): ExtraMeasures {
  return extraMeasures({
    plan,
    intervals,
    connections: connectionCost(measured),
    roundTrip: censor(summarize(reports.map((report) => report.roundTrip)), unanswered),
    popped: sumOf(measured.serverUses.map((use) => use.counted('poppedUnwanted', 'messages popped for paused consumers'))),
    steps: {
      join: summarize(reports.map((report) => report.steps.join)),
      leave: summarize(reports.map((report) => report.steps.leave)),
      reconnect: summarize(reports.map((report) => report.steps.reconnect)),
    },
    visits: visitsOf(reports),
    requests: requestsOf(reports),
  });
}

function connectionCost({ connectionBytes, serverUses, sockets }: Measured): MeasureInput['connections'] {
  return {
    sockets: sockets.length,
    bytes: connectionBytes,
    cpuSeconds: sumOf(serverUses.map((use) => use.cpuSeconds())),
  };
}

function visitsOf(reports: readonly DriverReport[]): VisitReport {
  const sum = (key: keyof VisitReport): number => reports.reduce((total, report) => total + report.visits[key], 0);
  return { known: sum('known'), unknown: sum('unknown'), failed: sum('failed') };
}

function requestsOf(reports: readonly DriverReport[]): MeasureInput['requests'] {
  const requests = reports.map((report) => report.requests);
  const sum = (key: 'answered' | 'failed' | 'unanswered'): number => requests.reduce((total, report) => total + report[key], 0);
  const tookNs = Math.max(...requests.map((report) => report.toNs)) - Math.min(...requests.map((report) => report.fromNs));
  return { answered: sum('answered'), failed: sum('failed'), unanswered: sum('unanswered'), seconds: Math.max(0, tookNs) / NS_PER_SECOND };
}

/** Page views that ended, whatever their end. */
export function visitCount(reports: readonly DriverReport[]): number {
  const { known, unknown, failed } = visitsOf(reports);
  return known + unknown + failed;
}
