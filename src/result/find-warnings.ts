import type { HostUse, OtherClients } from '../model/environment.ts';
import { addUp } from '../model/figure.ts';
import { isLayerName, LAYERS, type LayerScope } from '../model/layers.ts';
import { MIN_SENDS_BEYOND, sendsBeyond } from './limits.ts';
import { groupBy } from '../model/group-by.ts';
import type { Percentile } from '../stats/percentiles.ts';
import { counted, formatCount, formatNumber, formatRatio, formatUs } from '../model/units.ts';
import { backlogMessages, type Backlog } from './throughput.ts';
import type { Latencies, ProcessHealth } from './run-result.ts';
import { WARNING_CODES, warningOf, type Warning, type WarningCode } from '../model/warnings.ts';
import type { Interval } from '../ledger/timeline.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** A server has said on a socket what the client protocol does not know, or not at that time; the socket was closed for it. */
export interface BrokenSocket {
  /** "socket 3", "a socket of the probe". */
  readonly socket: string;
  readonly process: number;
  /** What was wrong, printable. */
  readonly what: string;
}

/** What warnings are judged from. */
export interface WarningInput {
  readonly layer: string;
  /** The class that the servers say they use; null where they do not tell. */
  readonly backendInUse: string | null;
  readonly scope: LayerScope;
  readonly processes: number;
  readonly cores: number;
  readonly ledger: Pick<Ledger, 'expected' | 'inFlight'>;
  readonly latency: Latencies;
  readonly intervals: readonly Interval[];
  readonly health: readonly ProcessHealth[];
  readonly messagesSent: number;
  readonly backlog: Backlog;
  /** Messages of the warm-up that servers still held when measure began. */
  readonly warmupLeft: number;
  /** Pairs of processes that no probe crossed. */
  readonly unreachedPairs: number;
  /** Why the stamps of servers are not believed: their clocks, or what stands in frames; each in a sentence. */
  readonly wrongStamps: readonly string[];
  /** Whether nobody looked at the certificates of servers. */
  readonly uncheckedCertificates: boolean;
  /** Sockets that were closed for what their server said on them. */
  readonly broken: readonly BrokenSocket[];
  /** Entries of each server that named messages that were never sent. */
  readonly beyondSent: readonly number[];
  /** What the user declared to do by hand, and nothing was seen of: as it was written. */
  readonly unseen: readonly string[];
  /** Whether no schedule said when messages were due. */
  readonly selfPaced: boolean;
  /** Who else was at work in the Redis of the run. */
  readonly otherClients: OtherClients | null;
  /** Whether the Redis of the run does not permit its user INFO. */
  readonly isInfoDenied: boolean;
  /** null where that is not known. */
  readonly host: HostUse | null;
}

/** A process that uses more of a core than this is busy. */
const BUSY_RATIO = 0.25;
/** Others that use less of all cores than this are the noise of any machine. */
const OTHERS_CORES = 0.25;
/** Above this share of all cores in use, whoever wants one has to wait. */
const FULL_SHARE = 0.85;
/** A share of the time that is stolen. */
const STOLEN_SHARE = 0.05;
/** A driver whose event loop is in use for more than this is close to its limit. */
const DRIVER_UTILIZATION = 0.85;
/** A larger share of the deliveries that is still under way at the end is no rest that happened to be left. */
const UNDER_WAY_SHARE = 0.001;
const LAG_FLOOR_US = 2000;
const LAG_SHARE = 0.1;

/** What is found of each, in a sentence each time. */
const FINDERS: Readonly<Record<WarningCode, (input: WarningInput) => readonly string[]>> = {
  unreachablePair,
  isolatedProcesses,
  otherLayer,
  oversubscribed: oversubscription,
  otherLoad,
  foreignClients,
  noRedisInfo: infoDenied,
  stolenTime,
  warmupLeft,
  underWay,
  backlog: ({ backlog, intervals, ledger }) => backlogMessages(backlog, intervals, isUnderWay(ledger)),
  pacerLag,
  nearHarnessLimit,
  notSteady: steadiness,
  fewSends,
  noServerStamps: stamps,
  brokenProtocol,
  uncheckedCertificates: certificates,
  strangeEvidence,
  noFault,
  selfPaced: selfPacing,
  // Beside a calibration, which a run has not.
  lowHeadroom: () => [],
};

/** What a reader of the numbers should know, each with its remedy. None makes a run invalid. */
export function findWarnings(input: WarningInput): readonly Warning[] {
  return WARNING_CODES.flatMap((code) => FINDERS[code](input).map((message) => warningOf(code, message)));
}

function unreachablePair({ scope, processes, unreachedPairs }: WarningInput): readonly string[] {
  if (unreachedPairs === 0 || scope === 'process') return [];
  return [`${formatCount(unreachedPairs)} of ${formatCount(processes ** 2)} pairs of processes did not reach each other in the probe`];
}

function isolatedProcesses({ layer, scope, processes, unreachedPairs }: WarningInput): readonly string[] {
  if (unreachedPairs === 0 || scope === 'shared') return [];
  return [`the ${layer} layer does not connect processes: each of the ${processes} reaches only itself`];
}

/** An application has its layer from its own settings, and `--layer` is what it is called and judged by. */
function otherLayer({ layer, backendInUse }: WarningInput): readonly string[] {
  if (backendInUse === null || !isLayerName(layer) || LAYERS[layer].pythonClass === backendInUse) return [];
  return [`the servers use ${backendInUse}, and the result calls it ${layer}, which is ${LAYERS[layer].pythonClass}`];
}

function certificates({ uncheckedCertificates }: WarningInput): readonly string[] {
  if (!uncheckedCertificates) return [];
  return ['nobody looked at the certificates of the servers (--insecure): what was measured is whoever answered at their addresses'];
}

function oversubscription({ health, cores }: WarningInput): readonly string[] {
  const busy = health.filter((entry) => (entry.cpuRatio ?? 0) > BUSY_RATIO).length;
  if (busy <= cores) return [];
  return [`${busy} busy processes share ${cores} cores: latencies include waiting for a core`];
}

/** Work of others counts where it leaves no room: beside idle cores it takes nothing from the run. */
function otherLoad({ health, host }: WarningInput): readonly string[] {
  if (host === null) return [];
  const { busyCores, stolenCores, cores } = host;
  const ours = addUp(health.map(({ cpuRatio }) => cpuRatio));
  // What a process of the run has used and does not tell would pass for the work of others.
  if (ours === null) return [];
  const others = busyCores - ours;
  if (others < OTHERS_CORES || busyCores + stolenCores < FULL_SHARE * cores) return [];
  return [`other work on this machine took ${formatNumber(others, 2)} of its ${formatCount(cores)} cores, and hardly any was left`];
}

function isUnderWay({ expected, inFlight }: WarningInput['ledger']): boolean {
  return inFlight > 0 && inFlight >= UNDER_WAY_SHARE * expected;
}

/** What Redis counts is of all its clients. */
function foreignClients({ otherClients }: WarningInput): readonly string[] {
  if (otherClients === null) return [];
  const { whose, connections, atWork, readings } = otherClients;
  const seen = `at work in this Redis in ${formatCount(atWork)} of ${formatCount(readings)} readings`;
  const messages = {
    foreign: `${counted(connections, 'connection')} of others ${connections === 1 ? 'was' : 'were'} ${seen}: latencies include their load, and what Redis spent on the run is not known`,
    unknown: `${counted(connections, 'connection')} ${connections === 1 ? 'was' : 'were'} ${seen}, and whether they are of the run cannot be told: what Redis spent may contain the load of others`,
    unreadable: 'this Redis does not tell who is connected (CLIENT LIST): what it spent may contain the load of others',
  };
  return [messages[whose]];
}

/** What queues hold of the warm-up takes room from what is measured. */
function warmupLeft({ warmupLeft: left }: WarningInput): readonly string[] {
  if (left === 0) return [];
  return [`servers still held ${counted(left, 'message')} of the warm-up when measure began: queues were not empty`];
}

function infoDenied({ isInfoDenied }: WarningInput): readonly string[] {
  if (!isInfoDenied) return [];
  return ['this Redis does not permit its user INFO: its version, what it spent, a restart of it and who else used it are not known'];
}

function underWay({ ledger: { expected, inFlight } }: WarningInput): readonly string[] {
  if (!isUnderWay({ expected, inFlight })) return [];
  return [
    `${formatRatio(inFlight / expected)} of the deliveries were still under way when the drain was over: latencies are of those that arrived`,
  ];
}

function stolenTime({ host }: WarningInput): readonly string[] {
  if (host === null || host.stolenCores < STOLEN_SHARE * host.cores) return [];
  return [`the host of this virtual machine took ${formatRatio(host.stolenCores / host.cores)} of its time for others`];
}

function pacerLag({ latency }: WarningInput): readonly string[] {
  const lag = latency.pacerLag?.p99 ?? 0;
  if (lag <= Math.max(LAG_FLOOR_US, LAG_SHARE * (latency.response?.p99 ?? 0))) return [];
  return [`messages were sent late: pacer lag p99 is ${formatUs(lag)}, and response includes it`];
}

function nearHarnessLimit({ health }: WarningInput): readonly string[] {
  const loaded = health.filter((entry) => entry.role === 'driver' && (entry.eventLoopUtilization ?? 0) > DRIVER_UTILIZATION);
  if (loaded.length === 0) return [];
  const whose = loaded.length === 1 ? 'a driver' : `${loaded.length} drivers`;
  return [`the event loop of ${whose} is in use for over ${formatRatio(DRIVER_UTILIZATION)} of the measure phase and its drain`];
}

/** The first fifth of the run against the rest, by the medians of their intervals. */
function steadiness({ intervals }: WarningInput): readonly string[] {
  const medians = intervals.flatMap((interval) => (interval.response === null ? [] : [interval.response.p50]));
  if (medians.length < 5) return [];
  const cut = Math.floor(medians.length / 5);
  const rest = medians.slice(cut);
  const center = median(rest);
  const spread = 1.4826 * median(rest.map((value) => Math.abs(value - center)));
  const shift = Math.abs(median(medians.slice(0, cut)) - center);
  if (shift <= Math.max(3 * spread, 0.25 * center)) return [];
  return [`the first fifth of the run differs from the rest: median response off by ${formatUs(shift)}`];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function fewSends({ latency, messagesSent }: WarningInput): readonly string[] {
  if (latency.response === null) return [];
  const weak = (['p50', 'p90', 'p99', 'p999'] as const).filter((name) => sendsBeyond(name, messagesSent) < MIN_SENDS_BEYOND);
  if (weak.length === 0 || (weak.length === 1 && weak[0] === 'p999')) return [];
  return [restingText(weak, messagesSent)];
}

/** How many sends lie beyond each of these percentiles: `p99 rests on 2 of 200 sends, p999 on less than one`. */
function restingText(percentiles: readonly Percentile[], messagesSent: number): string {
  const beyond = (name: Percentile): string => {
    const sends = Math.floor(sendsBeyond(name, messagesSent));
    return sends === 0 ? 'less than one' : formatCount(sends);
  };
  return percentiles
    .map((name, i) => (i === 0 ? `${name} rests on ${beyond(name)} of ${formatCount(messagesSent)} sends` : `${name} on ${beyond(name)}`))
    .join(', ');
}

function selfPacing({ selfPaced }: WarningInput): readonly string[] {
  if (!selfPaced) return [];
  return ['requests waited for the answers of earlier ones: response counts from when a message was issued, not from a schedule'];
}

function strangeEvidence({ beyondSent }: WarningInput): readonly string[] {
  return beyondSent.flatMap((entries, process) => {
    if (entries === 0) return [];
    const count = `${formatCount(entries)} ${entries === 1 ? 'entry' : 'entries'}`;
    return [`server ${process} told of messages that were never sent, in ${count} of its report: what goes beyond is left out`];
  });
}

function noFault({ unseen }: WarningInput): readonly string[] {
  return unseen.map(
    (spec) =>
      `the fault '${spec}' was declared, and nothing was seen of it: no server lost its backend from then on, and nothing was refused`,
  );
}

function brokenProtocol({ broken }: WarningInput): readonly string[] {
  return [...groupBy(broken, ({ process }) => process)].map(
    ([process, sockets]) =>
      `server ${process} broke the client protocol, and ${formatCount(sockets.length)} ${sockets.length === 1 ? 'socket was' : 'sockets were'} closed for it: ${sockets[0]!.socket}: ${sockets[0]!.what}`,
  );
}

function stamps({ wrongStamps }: WarningInput): readonly string[] {
  if (wrongStamps.length === 0) return [];
  return [wrongStamps.join('; ')];
}
