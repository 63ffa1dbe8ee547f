import { addUp } from './figure.ts';
import type { OtherClients } from './redis-clients.ts';
import { isLayerName, LAYERS, type LayerScope } from './layer-catalog.ts';
import { MIN_SENDS_BEYOND, sendsBeyond } from './limits.ts';
import { groupBy } from './benchmark.ts';
import type { Percentile } from './percentiles.ts';
import { counted } from './phrases.ts';
import { backlogWarnings, type Backlog } from './throughput.ts';
import type { Interval, Latencies, Ledger, ProcessHealth, Warning } from './result.ts';
import { formatCount, formatNumber, formatRatio, formatUs } from './units.ts';

/** What all processes of a machine used over some time, in cores. */
export interface HostUse {
  /** Of the time that this machine had. */
  readonly busyCores: number;
  /** What a virtual machine wanted, and its host gave to others. */
  readonly stolenCores: number;
  readonly cores: number;
}

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

/** What a reader of the numbers should know, each with its remedy. None makes a run invalid. */
export function findWarnings(input: WarningInput): readonly Warning[] {
  return [
    ...isolation(input),
    ...otherLayer(input),
    ...oversubscription(input),
    ...otherLoad(input),
    ...foreignClients(input),
    ...infoDenied(input),
    ...stolenTime(input),
    ...warmupLeft(input),
    ...underWay(input),
    ...backlogWarnings(input.backlog, input.intervals, isUnderWay(input.ledger)),
    ...generator(input),
    ...steadiness(input.intervals),
    ...fewSends(input),
    ...stamps(input),
    ...brokenProtocol(input),
    ...certificates(input),
    ...strangeEvidence(input),
    ...noFault(input),
    ...selfPacing(input),
  ];
}

function isolation({ layer, scope, processes, unreachedPairs }: WarningInput): readonly Warning[] {
  if (unreachedPairs === 0) return [];
  if (scope === 'shared') {
    return [
      {
        code: 'unreachablePair',
        message: `${formatCount(unreachedPairs)} of ${formatCount(processes ** 2)} pairs of processes did not reach each other in the probe`,
        remedy: 'Check that all processes use the same Redis and prefix, and whether it is overloaded.',
      },
    ];
  }
  return [
    {
      code: 'isolatedProcesses',
      message: `the ${layer} layer does not connect processes: each of the ${processes} reaches only itself`,
      remedy: 'Use --processes 1 with it, or a layer that is shared: redis or redis-pubsub.',
    },
  ];
}

/** An application has its layer from its own settings, and `--layer` is what it is called and judged by. */
function otherLayer({ layer, backendInUse }: WarningInput): readonly Warning[] {
  if (backendInUse === null || !isLayerName(layer) || LAYERS[layer].backend === backendInUse) return [];
  return [
    {
      code: 'otherLayer',
      message: `the servers use ${backendInUse}, and the result calls it ${layer}, which is ${LAYERS[layer].backend}`,
      remedy: 'Name the layer that the settings have, with --layer; or let bench choose it: `bench init django` says how.',
    },
  ];
}

function certificates({ uncheckedCertificates }: WarningInput): readonly Warning[] {
  if (!uncheckedCertificates) return [];
  return [
    {
      code: 'uncheckedCertificates',
      message: 'nobody looked at the certificates of the servers (--insecure): what was measured is whoever answered at their addresses',
      remedy: 'Give the certificate that has signed theirs, with --ca FILE.',
    },
  ];
}

function oversubscription({ health, cores }: WarningInput): readonly Warning[] {
  const busy = health.filter((entry) => (entry.cpuRatio ?? 0) > BUSY_RATIO).length;
  if (busy <= cores) return [];
  return [
    {
      code: 'oversubscribed',
      message: `${busy} busy processes share ${cores} cores: latencies include waiting for a core`,
      remedy: 'Lower the rate or the number of processes, or use a machine with more cores.',
    },
  ];
}

/** Work of others counts where it leaves no room: beside idle cores it takes nothing from the run. */
function otherLoad({ health, host }: WarningInput): readonly Warning[] {
  if (host === null) return [];
  const { busyCores, stolenCores, cores } = host;
  const ours = addUp(health.map(({ cpuRatio }) => cpuRatio));
  // What a process of the run has used and does not tell would pass for the work of others.
  if (ours === null) return [];
  const others = busyCores - ours;
  if (others < OTHERS_CORES || busyCores + stolenCores < FULL_SHARE * cores) return [];
  return [
    {
      code: 'otherLoad',
      message: `other work on this machine took ${formatNumber(others, 2)} of its ${formatCount(cores)} cores, and hardly any was left`,
      remedy: 'Run it again while the machine does nothing else: it is measured as well.',
    },
  ];
}

function isUnderWay({ expected, inFlight }: WarningInput['ledger']): boolean {
  return inFlight > 0 && inFlight >= UNDER_WAY_SHARE * expected;
}

/** What Redis counts is of all its clients. */
function foreignClients({ otherClients }: WarningInput): readonly Warning[] {
  if (otherClients === null) return [];
  const { whose, connections, atWork, readings } = otherClients;
  const seen = `at work in this Redis in ${formatCount(atWork)} of ${formatCount(readings)} readings`;
  const messages = {
    foreign: `${counted(connections, 'connection')} of others ${connections === 1 ? 'was' : 'were'} ${seen}: latencies include their load, and what Redis spent on the run is not known`,
    unknown: `${counted(connections, 'connection')} ${connections === 1 ? 'was' : 'were'} ${seen}, and whether they are of the run cannot be told: what Redis spent may contain the load of others`,
    unreadable: 'this Redis does not tell who is connected (CLIENT LIST): what it spent may contain the load of others',
  };
  return [
    {
      code: 'foreignClients',
      message: messages[whose],
      remedy: 'Use a Redis that only the run uses: without --redis, bench starts one.',
    },
  ];
}

/** What queues hold of the warm-up takes room from what is measured. */
function warmupLeft({ warmupLeft: left }: WarningInput): readonly Warning[] {
  if (left === 0) return [];
  return [
    {
      code: 'warmupLeft',
      message: `servers still held ${counted(left, 'message')} of the warm-up when measure began: queues were not empty`,
      remedy: 'Lower the rate, or warm up without load: --warmup 0s.',
    },
  ];
}

function infoDenied({ isInfoDenied }: WarningInput): readonly Warning[] {
  if (!isInfoDenied) return [];
  return [
    {
      code: 'noRedisInfo',
      message: 'this Redis does not permit its user INFO: its version, what it spent, a restart of it and who else used it are not known',
      remedy: 'Permit it for the time of a run: ACL SETUSER <user> +info +client|list.',
    },
  ];
}

function underWay({ ledger: { expected, inFlight } }: WarningInput): readonly Warning[] {
  if (!isUnderWay({ expected, inFlight })) return [];
  return [
    {
      code: 'underWay',
      message: `${formatRatio(inFlight / expected)} of the deliveries were still under way when the drain was over: latencies are of those that arrived`,
      remedy: 'Lower the rate, `bench capacity` finds which is carried; or see what does not read.',
    },
  ];
}

function stolenTime({ host }: WarningInput): readonly Warning[] {
  if (host === null || host.stolenCores < STOLEN_SHARE * host.cores) return [];
  return [
    {
      code: 'stolenTime',
      message: `the host of this virtual machine took ${formatRatio(host.stolenCores / host.cores)} of its time for others`,
      remedy: 'Use a machine with cores of its own, or compare runs in turn: `bench compare --interleave`.',
    },
  ];
}

function generator({ latency, health }: WarningInput): readonly Warning[] {
  const warnings: Warning[] = [];
  const lag = latency.pacerLag?.p99 ?? 0;
  if (lag > Math.max(LAG_FLOOR_US, LAG_SHARE * (latency.response?.p99 ?? 0))) {
    warnings.push({
      code: 'pacerLag',
      message: `messages were sent late: pacer lag p99 is ${formatUs(lag)}, and response includes it`,
      remedy: 'Lower the rate, use more --drivers, or free a core.',
    });
  }
  const loaded = health.filter((entry) => entry.role === 'driver' && (entry.eventLoopUtilization ?? 0) > DRIVER_UTILIZATION);
  if (loaded.length > 0) {
    warnings.push({
      code: 'nearHarnessLimit',
      message: `the event loop of ${loaded.length === 1 ? 'a driver' : `${loaded.length} drivers`} is in use for over ${formatRatio(DRIVER_UTILIZATION)} of the measure phase and its drain`,
      remedy: 'Use more --drivers, or less load: beyond this the harness is measured, not the layer.',
    });
  }
  return warnings;
}

/** The first fifth of the run against the rest, by the medians of their seconds. */
function steadiness(intervals: readonly Interval[]): readonly Warning[] {
  const medians = intervals.flatMap((interval) => (interval.response === null ? [] : [interval.response.p50]));
  if (medians.length < 5) return [];
  const cut = Math.floor(medians.length / 5);
  const rest = medians.slice(cut);
  const center = median(rest);
  const spread = 1.4826 * median(rest.map((value) => Math.abs(value - center)));
  const shift = Math.abs(median(medians.slice(0, cut)) - center);
  if (shift <= Math.max(3 * spread, 0.25 * center)) return [];
  return [
    {
      code: 'notSteady',
      message: `the first fifth of the run differs from the rest: median response off by ${formatUs(shift)}`,
      remedy: 'Use a longer --warmup.',
    },
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function fewSends({ latency, messagesSent }: WarningInput): readonly Warning[] {
  if (latency.response === null) return [];
  const weak = (['p50', 'p90', 'p99', 'p999'] as const).filter((name) => sendsBeyond(name, messagesSent) < MIN_SENDS_BEYOND);
  if (weak.length === 0 || (weak.length === 1 && weak[0] === 'p999')) return [];
  return [
    {
      code: 'fewSends',
      message: restingText(weak, messagesSent),
      remedy: 'Use a longer --duration or a higher --rate: the deliveries of one send are not independent.',
    },
  ];
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

function selfPacing({ selfPaced }: WarningInput): readonly Warning[] {
  if (!selfPaced) return [];
  return [
    {
      code: 'selfPaced',
      message: 'requests waited for the answers of earlier ones: response counts from when a message was issued, not from a schedule',
      remedy: 'Read it as the pace that the system itself allows; judge latency by a scenario with a rate, such as fanout.',
    },
  ];
}

function strangeEvidence({ beyondSent }: WarningInput): readonly Warning[] {
  return beyondSent.flatMap((entries, process) => {
    if (entries === 0) return [];
    const count = `${formatCount(entries)} ${entries === 1 ? 'entry' : 'entries'}`;
    return [
      {
        code: 'strangeEvidence',
        message: `server ${process} told of messages that were never sent, in ${count} of its report: what goes beyond is left out`,
        remedy: 'Look at how it counts: causes of loss that rest on its evidence may be wrong.',
      },
    ];
  });
}

function noFault({ unseen }: WarningInput): readonly Warning[] {
  return unseen.map((spec) => ({
    code: 'noFault',
    message: `the fault '${spec}' was declared, and nothing was seen of it: no server lost its backend from then on, and nothing was refused`,
    remedy: 'Do it after that time and before the run ends; a longer --duration leaves more time. Is it the Redis that the run uses?',
  }));
}

function brokenProtocol({ broken }: WarningInput): readonly Warning[] {
  return [...groupBy(broken, ({ process }) => process)].map(([process, sockets]) => ({
    code: 'brokenProtocol',
    message: `server ${process} broke the client protocol, and ${formatCount(sockets.length)} ${sockets.length === 1 ? 'socket was' : 'sockets were'} closed for it: ${sockets[0]!.socket}: ${sockets[0]!.what}`,
    remedy: 'docs/protocol.md says what a server may say. What was lost with a socket counts as disconnected.',
  }));
}

function stamps({ wrongStamps }: WarningInput): readonly Warning[] {
  if (wrongStamps.length === 0) return [];
  return [
    {
      code: 'noServerStamps',
      message: wrongStamps.join('; '),
      remedy: 'Transit, ingress and edge are left out; response stands, since it needs the drivers alone.',
    },
  ];
}
