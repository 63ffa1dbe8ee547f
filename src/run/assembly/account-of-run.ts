import type { AccountInput, MissingRange, SocketOutage, Placement } from '../../ledger/account.ts';
import { groupBy } from '../../model/group-by.ts';
import { replacementTimes } from '../../ledger/declared-faults.ts';
import { placementAt } from '../../ledger/placements.ts';
import { firstDueTimes } from '../../model/pacer.ts';
import { membersByGroup, type Plan } from '../../model/plan.ts';
import type { RunRequest } from '../../result/request.ts';
import { NS_PER_MS } from '../../model/units.ts';
import { cutToSent, type SentEvidence } from '../../ledger/sent-evidence.ts';
import { groupName } from '../../wire/client-protocol.ts';
import type { DriverReport, PublisherReport } from '../../processes/protocol.ts';
import type { ClosedSocket, SocketOpened } from '../../processes/socket-history.ts';
import type { Death } from '../ending.ts';
import type { Measured } from './measured.ts';

const NO_PUBLISHER_REPORT = { attempted: 0, unsendable: [], unanswered: [], refused: [], issuedNs: null };

const MIN_GUARD_NS = 100 * NS_PER_MS;

/** Puts what drivers, servers (`told`) and coordinator know into the terms of the ledger. */
export function accountOfRun(
  request: RunRequest,
  measured: Measured,
  told: readonly SentEvidence[],
  deaths: readonly Death[],
): AccountInput {
  const { plan } = request;
  const { drivers } = measured;
  const reports = drivers.filter((report) => report !== null);
  const closed = bySocket(reports.flatMap((report) => report.closed));
  const outages = outagesBySocket(plan, closed, reports);
  const absent = bySocket(reports.flatMap((report) => report.absent));
  const joined = bySocket(reports.flatMap((report) => report.joined));
  const placements = placementsBySocket(plan, measured.sockets, reports);
  const renewals = renewalsByProcess(request, measured);
  const evidence = told.map((server) => server.evidence);
  const crashes = [
    ...measured.plannedCrashes,
    ...deaths.filter((death) => death.role === 'server').map((death) => ({ process: death.index, atNs: death.atNs })),
  ];
  const publisherReports = new Map(measured.publishers.map((report) => [report.publisher, report] as const));
  return {
    scope: request.layer.scope,
    processes: plan.processes,
    publishers: plan.publishers.map((publisher, index) => ({
      ...(publisherReports.get(index) ?? NO_PUBLISHER_REPORT),
      group: publisher.group,
      socket: publisher.socket,
      overtakes: publisher.arrivals.kind === 'flood',
      answeredBy: publisher.to ?? null,
    })),
    sockets: plan.sockets.map((_, index) => ({
      placements: placements[index]!,
      outages: outages(index),
      absences: absent.get(index) ?? [],
      joinsNs: [...(joined.get(index) ?? []).map(({ joiningNs }) => joiningNs), ...renewals(placements[index]!)].toSorted((a, b) => a - b),
    })),
    members: membersByGroup(plan),
    groupNames: Array.from({ length: plan.groups }, (_, group) => groupName(group)),
    delivered: reports.reduce((sum, report) => sum + report.delivered, 0),
    missing: reports.flatMap((report) => quadruples(report.missing)),
    lateArrivals: reports.flatMap((report) => quadruples(report.lateArrivals)),
    crossed: Array.from(measured.probed, (crossed, cell) => crossed === 1 || reports.some((report) => report.crossings[cell] === 1)),
    crashes,
    evidence,
    held: told.map(({ held }) => held),
    published: plan.publishers.map((publisher, index) => publishedOf(index, publisher, placements[publisher.socket]!, measured)),
    expiryNs: Number(request.layer.options['expiry'] ?? Infinity) * NS_PER_MS,
    groupExpiryNs: groupExpiryNs(request),
    guardNs: guardOf(measured),
    membershipsLostNs: keepsMemberships(request)
      ? measured.faults.flatMap(({ fault, fromNs }) => (fault.kind === 'restartRedis' ? [fromNs] : []))
      : [],
    backendReplacedNs: keepsMemberships(request) ? replacementTimes(measured.redisUse?.replaced ?? [], { evidence, crashes }) : [],
    dueNs: dueCache(request, measured.startNs, (index) => publisherReports.get(index) ?? NO_PUBLISHER_REPORT),
  };
}

/** What servers told of messages that were sent, by server. */
export function toldOf({ publishers, evidence, serversAfter }: Measured): readonly SentEvidence[] {
  const attempted = new Map(publishers.map((report) => [report.publisher, report.attempted] as const));
  return evidence.map((entries, i) => cutToSent(entries, serversAfter[i]?.held ?? [], (sender) => attempted.get(sender) ?? 0));
}

function bySocket<T extends { readonly socket: number }>(entries: readonly T[]): ReadonlyMap<number, readonly T[]> {
  return groupBy(entries, ({ socket }) => socket);
}

/** Where every socket was; of a driver that died, where it was to begin with. */
function placementsBySocket(
  { sockets }: Plan,
  opened: readonly SocketOpened[],
  reports: readonly DriverReport[],
): readonly (readonly Placement[])[] {
  const placed = bySocket(reports.flatMap((report) => report.placements));
  const first = new Map(opened.map((socket) => [socket.socket, socket] as const));
  return sockets.map(({ process }, socket) => {
    const known = placed.get(socket)?.map(({ processIndex, channel, fromNs }) => ({ process: processIndex, channel, fromNs }));
    return known ?? [{ process: first.get(socket)?.processIndex ?? process, channel: first.get(socket)?.channel ?? '', fromNs: -Infinity }];
  });
}

/** When sockets were not there: those that messages go to, until they go to their new channels. */
function outagesBySocket(
  plan: Plan,
  closed: ReadonlyMap<number, readonly ClosedSocket[]>,
  reports: readonly DriverReport[],
): (socket: number) => readonly SocketOutage[] {
  const aimed = aimsOf(plan, reports);
  return (socket) =>
    (closed.get(socket) ?? []).map(({ atNs, back }) => ({
      fromNs: atNs,
      toNs: back === null ? Infinity : Math.max(back.atNs, aimed(socket, back.channel)),
    }));
}

/** When every publisher that sends to one socket alone sent to a channel of it; Infinity where one never did, -Infinity without one. */
function aimsOf({ publishers }: Plan, reports: readonly DriverReport[]): (socket: number, channel: string) => number {
  const firstNs = new Map<string, number>();
  for (const { publisher, channel, atNs } of reports.flatMap((report) => report.aimed)) {
    const key = `${publisher} ${channel}`;
    if (!firstNs.has(key)) firstNs.set(key, atNs);
  }
  return (socket, channel) =>
    publishers.reduce(
      (latest, { to }, publisher) => (to === socket ? Math.max(latest, firstNs.get(`${publisher} ${channel}`) ?? Infinity) : latest),
      -Infinity,
    );
}

/**
 * How many messages of a publisher its server has published; null where they do not come over one socket, in turn, or where the
 * server does not tell. A server that has told of none has read none, unless it is not the one that began, or the socket came to
 * it later.
 */
function publishedOf(
  index: number,
  { arrivals }: Plan['publishers'][number],
  placements: readonly Placement[],
  measured: Measured,
): number | null {
  const { process } = placements.at(-1)!;
  const last = measured.serversAfter[process]?.published;
  if (arrivals.kind === 'flood' || last === undefined) return null;
  const began = placements.length === 1 && !measured.plannedCrashes.some((crash) => crash.process === process);
  if (last[index] === undefined) return began ? 0 : null;
  return Math.max(...measured.serversAfter.map((report) => report?.published?.[index] ?? 0));
}

/** Whether an empty Redis has no memberships, and nobody makes them again. */
function keepsMemberships({ layer }: RunRequest): boolean {
  return layer.membershipsIn === 'backend' && layer.options['on_reconnect'] !== 'rejoin';
}

/** A layer of the user's own may mean anything by its options: it tells what it drops. */
function groupExpiryNs({ layer }: RunRequest): number {
  return layer.module === null ? Number(layer.options['group_expiry'] ?? Infinity) * NS_PER_MS : Infinity;
}

/** When the layer of a socket's server made all its memberships again while the socket was there, because its Redis was back. */
function renewalsByProcess({ layer }: RunRequest, { evidence }: Measured): (placements: readonly Placement[]) => readonly number[] {
  const renews = layer.membershipsIn === 'backend' && layer.options['on_reconnect'] === 'rejoin';
  const renewals = evidence.flatMap((entries, process) =>
    entries.flatMap((entry) => (renews && entry.kind === 'outage' && entry.toNs !== null ? [{ process, atNs: entry.toNs }] : [])),
  );
  return (placements) => renewals.flatMap(({ process, atNs }) => (placementAt(placements, atNs).process === process ? [atNs] : []));
}

/** Twice the longest response: what did not arrive may have been slower than what did. */
function guardOf({ intervals }: Measured): number {
  const slowest = intervals.flatMap(({ sameProcess, crossProcess }) => [sameProcess.response.maxNs, crossProcess.response.maxNs]);
  return slowest.reduce((guard, ns) => Math.max(guard, 2 * ns), MIN_GUARD_NS);
}

function quadruples(flat: Uint32Array): readonly MissingRange[] {
  return Array.from({ length: flat.length / 4 }, (_, i) => ({
    publisher: flat[i * 4]!,
    socket: flat[i * 4 + 1]!,
    from: flat[i * 4 + 2]!,
    to: flat[i * 4 + 3]!,
  }));
}

type SendingReport = Pick<PublisherReport, 'attempted' | 'issuedNs'>;

/** The pacer is pure: due times are computed again here rather than carried through the run. What nobody paced was due when it was issued. */
function dueCache(
  request: RunRequest,
  startNs: number,
  reportOf: (publisher: number) => SendingReport,
): (publisher: number) => Float64Array {
  const cache = new Map<number, Float64Array>();
  return (publisher) => {
    const known = cache.get(publisher);
    if (known !== undefined) return known;
    const { arrivals } = request.plan.publishers[publisher]!;
    const { attempted, issuedNs } = reportOf(publisher);
    const due =
      arrivals.kind === 'flood'
        ? (issuedNs ?? new Float64Array())
        : firstDueTimes(arrivals, request.seed, publisher, attempted).map((offsetNs) => offsetNs + startNs);
    cache.set(publisher, due);
    return due;
  };
}
