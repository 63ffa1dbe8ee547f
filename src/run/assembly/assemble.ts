import type { Warning } from '../../model/warnings.ts';
import type { AccountInput } from '../../ledger/account.ts';
import type { PartDistributions } from '../../ledger/interval-parts.ts';
import { censor, type Shortfall } from '../../stats/censoring.ts';
import { summarize, type EncodedLatency } from '../../stats/histogram.ts';
import { shownOptions } from '../../model/chosen-layer.ts';
import { brokenInvariants } from '../../ledger/invariants.ts';
import { reconcile, type ReconciledLedger, type SideCounts } from '../../ledger/reconciliation.ts';
import { evaluateLimits } from '../../result/limits.ts';
import { isSelfPaced } from '../../model/plan.ts';
import { mergeSpans } from '../../ledger/message-spans.ts';
import type { RunRequest } from '../../result/request.ts';
import type {
  Latencies,
  PhaseSpan,
  PlacementLatency,
  RunIdentity,
  RunResult,
  ServerSummary,
  UnknownFigure,
} from '../../result/run-result.ts';
import type { Shortfalls } from '../../ledger/shortfalls.ts';
import { throughputOf } from '../../result/throughput.ts';
import type { SentEvidence } from '../../ledger/sent-evidence.ts';
import { stampFaults } from '../../ledger/stamp-check.ts';
import { formatCount, formatMs, NS_PER_SECOND } from '../../model/units.ts';
import { judgeValidity, type ValidityInput } from '../../result/validity.ts';
import { findWarnings, type WarningInput } from '../../result/find-warnings.ts';
import type { HostFacts } from '../../platform/host.ts';
import type { DriverReport } from '../../processes/protocol.ts';
import { timeline } from '../../ledger/timeline.ts';
import { accountOfRun, toldOf } from './account-of-run.ts';
import type { ClockFindings } from '../clock-check.ts';
import { consumptionOf } from './consumption.ts';
import type { DriverFleet } from '../driver-fleet.ts';
import type { Ending } from '../ending.ts';
import { errorsOfRun } from './errors-of-run.ts';
import { faultSpans, foundFaults, redisReasons, unseenFaults, type FoundFault } from './faults-of-run.ts';
import { environmentOf, TOOL } from './environment.ts';
import type { Measured } from './measured.ts';
import { measuresOfRun, visitCount } from './measures-of-run.ts';
import type { RedisBackend } from '../systems/redis-backend.ts';
import type { RunId } from '../run-id.ts';
import type { ServersUnderTest } from '../systems/server-under-test.ts';
import { trafficOf, type RunTraffic } from './traffic-of-run.ts';

export interface Assembly {
  readonly request: RunRequest;
  readonly runId: RunId;
  readonly startedAt: Date;
  /** Of a run whose processes had measured others before; null for one that had them to itself. */
  readonly session: { readonly id: string; readonly runsBefore: number } | null;
  readonly phases: readonly PhaseSpan[];
  readonly servers: ServersUnderTest;
  readonly fleet: DriverFleet;
  readonly redis: RedisBackend | null;
  readonly clocks: ClockFindings;
  readonly measured: Measured;
  readonly ending: Ending;
  readonly host: HostFacts;
}

/** Makes the observations of a run into its result. */
export function assembleResult(assembly: Assembly): RunResult {
  const { request, servers, measured, clocks } = assembly;
  const reports = measured.drivers.filter((report) => report !== null);
  const told = toldOf(measured);
  const closed = closeAccount(assembly, reports, told);
  const { account, ledger, reach, attributed, shortfalls, faults } = closed;
  const wrongStamps = [...clocks.strangeServers, ...stampFaults(reports.map((report) => report.stamps))];
  const withStamps = wrongStamps.length === 0;
  const traffic = trafficOf(request, measured, ledger.delivered);
  const throughput = throughputOf(traffic);
  const taken = { reports: measured.intervals, arrivedBy: traffic.arrivedBy };
  const { intervals, whole } = timeline(account, attributed, taken, measured, withStamps);
  const { latency, placement } = distributionsOf(whole, reports, withStamps, shortfalls);
  const { health, cost, unknown } = consumptionOf(measured, ledger.delivered, request.layer.backend);
  const measures = measuresOfRun(request.plan, measured, reports, intervals, shortfalls.roundTrip);
  const judged = { latency, throughput, reach, ledger, cost, health, measures: measures.known, messagesSent: traffic.sent };
  return {
    schemaVersion: 1,
    kind: 'run',
    tool: TOOL,
    run: identity(assembly),
    environment: environmentOf(assembly.host, assembly.redis),
    scenario: request.scenario,
    layer: layerSummary(request.layer, servers),
    server: serverSummary(servers, request.plan.processes),
    drivers: measured.drivers.length,
    phases: assembly.phases,
    throughput,
    intervals,
    latency,
    placement,
    reach,
    ledger,
    ...errorsOfRun(reports, told, account, measured.startNs),
    faults: faultSpans(measured, faults),
    clock: clocks.check,
    measures: measures.known,
    health,
    cost,
    ...unknownOf([...unknown, ...measures.unknown]),
    limits: evaluateLimits(request.limits, judged),
    warnings: warningsOf(assembly, traffic, faults, {
      ledger,
      latency,
      intervals,
      health,
      wrongStamps,
      // Of a run that goes on, servers know of messages that are left out.
      beyondSent: measured.interim === undefined ? told.map(({ beyond }) => beyond) : [],
      broken: reports.flatMap((report) => report.broken),
    }),
    validity: judgeValidity({ throughput, latency, ledger, visits: visitCount(reports), ...disturbances(assembly, traffic, closed) }),
  };
}

function unknownOf(figures: readonly UnknownFigure[]): Pick<RunResult, 'unknown'> {
  return figures.length === 0 ? {} : { unknown: figures };
}

function warningsOf(
  { request, measured, host, servers }: Assembly,
  { sent, backlog }: RunTraffic,
  faults: readonly FoundFault[],
  numbers: Pick<WarningInput, 'ledger' | 'latency' | 'intervals' | 'health' | 'wrongStamps' | 'beyondSent' | 'broken'>,
): readonly Warning[] {
  const { layer, plan } = request;
  return findWarnings({
    ...numbers,
    layer: layer.name,
    backendInUse: servers.layerInUse?.backend ?? null,
    scope: layer.scope,
    processes: plan.processes,
    cores: host.cores,
    messagesSent: sent,
    backlog,
    warmupLeft: measured.warmupLeft,
    unreachedPairs: measured.probed.filter((crossed) => crossed === 0).length,
    unseen: unseenFaults(faults),
    selfPaced: isSelfPaced(plan),
    uncheckedCertificates: !request.servers.trust.checksCertificate,
    otherClients: measured.otherClients,
    isInfoDenied: measured.isInfoDenied,
    host: measured.host,
  });
}

interface ClosedAccount extends ReconciledLedger {
  readonly account: AccountInput;
  readonly faults: readonly FoundFault[];
  /** What contradicts itself. */
  readonly broken: readonly string[];
}

function closeAccount(
  { request, measured, ending }: Assembly,
  reports: readonly DriverReport[],
  told: readonly SentEvidence[],
): ClosedAccount {
  const account = accountOfRun(request, measured, told, ending.deaths);
  const reconciled = reconcile(account, sideCounts(reports));
  const faults = foundFaults(measured, account, reconciled.attributed);
  return {
    ...reconciled,
    account,
    faults,
    broken: brokenInvariants(
      account,
      reconciled,
      faults.map((fault) => fault.recoveryMs),
    ),
  };
}

function layerSummary(layer: RunRequest['layer'], { layerInUse }: ServersUnderTest): RunResult['layer'] {
  const { name, scope } = layer;
  return { name, scope, options: shownOptions(layer), ...(layerInUse !== null && { inUse: layerInUse }) };
}

function serverSummary(servers: ServersUnderTest, processes: number): ServerSummary {
  const members = servers.members.map(({ index, kind, version, address }) => ({ index, kind, version, address }));
  return { kind: servers.kind, processes, members };
}

function identity({ request, runId, startedAt, session, measured, ending }: Assembly): RunIdentity {
  return {
    id: runId.id,
    startedAt: startedAt.toISOString(),
    durationSeconds: durationNs(measured) / NS_PER_SECOND,
    command: request.command,
    seed: request.seed,
    tags: request.tags,
    ...(session !== null && { session: { ...session, earlierFrames: earlierFrames(measured) } }),
    state:
      measured.interim !== undefined
        ? 'partial'
        : ending.interrupted
          ? 'interrupted'
          : ending.deaths.length + ending.failures.length > 0
            ? 'partial'
            : 'completed',
  };
}

function earlierFrames({ drivers }: Measured): number {
  return drivers.reduce((sum, report) => sum + (report?.earlier ?? 0), 0);
}

/** How long a run took to send: of requests that pace themselves, without the time before the first. */
function durationNs({ requestsNs, durationNs: ofSchedule }: Measured): number {
  return requestsNs === null ? ofSchedule : requestsNs.toNs - requestsNs.fromNs;
}

function sideCounts(reports: readonly DriverReport[]): SideCounts {
  const sum = (key: 'duplicates' | 'reordered' | 'late' | 'strays' | 'corrupt'): number =>
    reports.reduce((total, report) => total + report[key], 0);
  return {
    duplicates: sum('duplicates'),
    reordered: sum('reordered'),
    reorderExtentMax: Math.max(0, ...reports.map((report) => report.reorderExtentMax)),
    late: sum('late'),
    strays: sum('strays'),
    corrupt: sum('corrupt'),
  };
}

function distributionsOf(...of: Parameters<typeof latencies>): Pick<RunResult, 'latency' | 'placement'> {
  const [whole, , withStamps, shortfalls] = of;
  return { latency: latencies(...of), placement: placements(whole, withStamps, shortfalls) };
}

function latencies(whole: PartDistributions, reports: readonly DriverReport[], withStamps: boolean, shortfalls: Shortfalls): Latencies {
  const { deliveries, firstDelivery, lastDelivery } = shortfalls;
  const spans = mergeSpans(reports.flatMap((report) => report.sharedSpans));
  const stamped = (parts: readonly EncodedLatency[], shortfall: Shortfall): Latencies['transit'] =>
    withStamps ? censor(summarize(parts), shortfall) : null;
  return {
    response: censor(whole.both('response').summary(), deliveries),
    transit: withStamps ? censor(whole.both('transit').summary(), deliveries) : null,
    // A message tells how it came in where it arrives first.
    ingress: stamped(
      reports.map((report) => report.ingress),
      firstDelivery,
    ),
    edge: stamped(
      reports.map((report) => report.edge),
      deliveries,
    ),
    pacerLag: whole.pacerLag.summary(),
    firstDelivery: censor(summarize([...reports.map((report) => report.firstDelivery), spans.first]), firstDelivery),
    lastDelivery: censor(summarize([...reports.map((report) => report.lastDelivery), spans.last]), lastDelivery),
  };
}

function placements(whole: PartDistributions, withStamps: boolean, shortfalls: Shortfalls): RunResult['placement'] {
  const placement = (kind: 'sameProcess' | 'crossProcess'): PlacementLatency => ({
    response: censor(whole[kind].response.summary(), shortfalls[kind]),
    transit: withStamps ? censor(whole[kind].transit.summary(), shortfalls[kind]) : null,
  });
  return { sameProcess: placement('sameProcess'), crossProcess: placement('crossProcess') };
}

function disturbances(
  assembly: Assembly,
  { shortfalls }: RunTraffic,
  closed: ClosedAccount,
): Pick<ValidityInput, 'strangeClocks' | 'deaths' | 'silent' | 'shortfalls' | 'broken'> {
  return {
    broken: closed.broken,
    shortfalls,
    strangeClocks: assembly.clocks.strangeDrivers,
    deaths: [...deathReasons(assembly, closed), ...assembly.ending.failures.map(({ description }) => description)],
    silent: [
      ...(assembly.measured.interim === undefined ? [] : [assembly.measured.interim]),
      ...silentReasons(assembly),
      ...givenUp(assembly),
    ],
  };
}

function deathReasons({ ending, redis, measured }: Assembly, { faults, account }: ClosedAccount): readonly string[] {
  const deaths = ending.deaths.map((death) => `${death.description}, which no fault had planned`);
  if (deaths.length > 0 || redis === null || measured.redisUse === null) return deaths;
  return redisReasons(measured.redisUse, account, faults);
}

function silentReasons({ fleet, ending, measured }: Assembly): readonly string[] {
  const dead = new Set([...ending.deaths, ...ending.failures].map(({ role, index }) => `${role} ${index}`));
  const drivers = measured.drivers.flatMap((report, i) =>
    report === null && !dead.has(`driver ${i}`) ? [`driver ${i} gave no report${fleet.failureOf(i)}`] : [],
  );
  const servers = measured.serversAfter.flatMap((report, i) =>
    report === null && !dead.has(`server ${i}`) ? [`server ${i} gave no report: ${measured.reportFailures[i] ?? 'no answer'}`] : [],
  );
  return [...drivers, ...servers, ...measured.faultFailures];
}

/** Requests that the end of their time has cut off. */
function givenUp({ request, ending, measured }: Assembly): readonly string[] {
  const floods = request.plan.publishers.flatMap(({ arrivals }, index) =>
    arrivals.kind === 'flood' ? [{ index, planned: arrivals.messages }] : [],
  );
  const planned = floods.reduce((sum, flood) => sum + flood.planned, 0);
  const made = measured.publishers.reduce(
    (sum, { publisher, attempted }) => sum + (floods.some(({ index }) => index === publisher) ? attempted : 0),
    0,
  );
  if (made >= planned || ending.interrupted) return [];
  return [
    `the requests were given up after ${formatMs(request.plan.durationMs)}: ${formatCount(made)} of ${formatCount(planned)} were made`,
  ];
}
