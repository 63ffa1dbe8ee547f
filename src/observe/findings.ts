import { counted, formatBytes, formatCount, formatMs, formatPerSecond, formatRatio } from '../model/units.ts';
import { TOLERATED_RATIO } from './byte-balance.ts';

/* What an observation finds wrong with a deployment, with what to do about it: one list. */

export type FindingId =
  | 'queuesFull'
  | 'deadProcesses'
  | 'silentProcesses'
  | 'processesBehind'
  | 'nearExpiry'
  | 'evictionPolicy'
  | 'memoryNearlyFull'
  | 'foreignTraffic'
  | 'redisRestarted';

export interface Finding {
  readonly id: FindingId;
  readonly message: string;
  readonly remedy: string;
}

/** What a server reports of itself. */
export interface ServerHealth {
  readonly maxMemoryBytes: number | null;
  readonly usedMemoryBytes: number | null;
  readonly evictionPolicy: string | null;
  /** During the observation. */
  readonly evictedKeys: number;
  readonly restarts: number;
}

/** What findings are found in. Counts are of the whole layer. */
export interface FindingInput {
  readonly entriesPerSecond: number;
  readonly lostPerSecond: number;
  /** Depth at which queues stand, with how many stand there; null where none does. */
  readonly fullQueues: { readonly depth: number; readonly queues: number } | null;
  readonly liveProcesses: number;
  readonly deadProcesses: number;
  readonly deadMemberships: number;
  readonly processesBehind: number;
  /** The most clients that were seen to wait for a message, of any application; null where a server does not report it. */
  readonly mostWaiting: number | null;
  readonly memberships: number;
  readonly membershipsNearExpiry: number;
  readonly groupExpirySeconds: number | null;
  readonly foreignRatio: number;
  readonly callsPerSecond: number;
  readonly servers: readonly ServerHealth[];
}

/** Memberships older than this share of group_expiry. */
export const NEAR_EXPIRY_RATIO = 0.9;
const NEARLY_FULL_RATIO = 0.9;

interface FindingRow {
  /** What was found, in a sentence; null where it was not. */
  readonly message: (input: FindingInput) => string | null;
  readonly remedy: (input: FindingInput) => string;
}

const verb = (count: number, one: string, several: string): string => (count === 1 ? one : several);
const expiryText = (seconds: number | null): string => (seconds === null ? 'group_expiry' : `group_expiry (${formatMs(seconds * 1000)})`);
const limited = ({ servers }: FindingInput): readonly ServerHealth[] => servers.filter(({ maxMemoryBytes }) => (maxMemoryBytes ?? 0) > 0);
const evicts = ({ evictionPolicy }: ServerHealth): boolean => evictionPolicy !== null && evictionPolicy !== 'noeviction';

export const FINDINGS: Readonly<Record<FindingId, FindingRow>> = {
  queuesFull: {
    message: ({ lostPerSecond, entriesPerSecond, fullQueues }) => {
      if (lostPerSecond <= 0 || lostPerSecond < TOLERATED_RATIO * entriesPerSecond) return null;
      const share = formatRatio(Math.min(1, lostPerSecond / entriesPerSecond), { digits: 2 });
      const lost = `${formatPerSecond(lostPerSecond)} of ${formatPerSecond(entriesPerSecond)} queue entries (${share}) are refused or expire`;
      if (fullQueues === null) return `${lost}: their members never get these messages.`;
      const { queues, depth } = fullQueues;
      return `${lost}: ${counted(queues, 'queue')} ${verb(queues, 'stands', 'stand')} full at ${formatCount(depth)} messages.`;
    },
    remedy: ({ deadProcesses, liveProcesses }) =>
      deadProcesses > 0
        ? 'The queues of ended processes refuse messages that nobody waits for; see the next finding. If live processes lose messages too, add processes or raise `capacity`.'
        : `Add server processes to the ${formatCount(liveProcesses)}, send less, or raise \`capacity\` where the load comes in bursts.`,
  },
  deadProcesses: {
    message: ({ deadProcesses: dead, deadMemberships }) =>
      dead === 0
        ? null
        : `${counted(dead, 'server process', 'server processes')} ${verb(dead, 'takes', 'take')} nothing from ${verb(dead, 'its queue', 'their queues')} and still ${verb(dead, 'has', 'have')} ${counted(deadMemberships, 'membership')}: ${verb(dead, 'it was', 'they were')} killed, or ${verb(dead, 'hangs', 'hang')}.`,
    remedy: ({ groupExpirySeconds }) =>
      `The memberships stay until ${expiryText(groupExpirySeconds)} has passed, and every send to their groups costs Redis for them too. Stop processes with SIGTERM and give them time to disconnect their clients; a smaller \`group_expiry\`, longer than any connection lasts, bounds what is left behind.`,
  },
  silentProcesses: {
    message: ({ mostWaiting, liveProcesses }) =>
      mostWaiting === null || mostWaiting >= liveProcesses
        ? null
        : `${counted(liveProcesses, 'process', 'processes')} ${verb(liveProcesses, 'has', 'have')} members in groups, but at most ${counted(mostWaiting, 'client')} of Redis ${verb(mostWaiting, 'was', 'were')} seen to wait for messages.`,
    remedy: () =>
      'Compare with the number of server processes that you run. If fewer run, the others ended without leaving their groups, and their groups get no messages that would show it.',
  },
  processesBehind: {
    message: ({ processesBehind: behind }) =>
      behind === 0
        ? null
        : `${counted(behind, 'server process', 'server processes')} always or mostly ${verb(behind, 'has', 'have')} messages waiting: ${verb(behind, 'it reads', 'they read')} more slowly than messages come.`,
    remedy: () => 'Add server processes, or move work out of the consumers.',
  },
  nearExpiry: {
    message: ({ membershipsNearExpiry: near, memberships, groupExpirySeconds }) =>
      near === 0
        ? null
        : `${formatCount(near)} of ${counted(memberships, 'membership')} ${verb(near, 'is', 'are')} older than ${formatRatio(NEAR_EXPIRY_RATIO)} of ${expiryText(groupExpirySeconds)}. A group drops members at that age, and their clients stay connected and silent.`,
    remedy: () => 'Raise `group_expiry` above the longest connection, or call group_add again from time to time.',
  },
  evictionPolicy: {
    message: (input) => {
      const evicting = limited(input).filter(evicts);
      if (evicting.length === 0) return null;
      const keys = evicting.reduce((sum, { evictedKeys }) => sum + evictedKeys, 0);
      const policies = [...new Set(evicting.map(({ evictionPolicy }) => evictionPolicy))].join(', ');
      const until = keys > 0 ? `It dropped ${counted(keys, 'key')} during the observation.` : 'It has dropped none during the observation.';
      return `Redis may drop groups and queues when its memory is full: its maxmemory-policy is ${policies}. ${until}`;
    },
    remedy: () =>
      'Give the layer a Redis of its own with `maxmemory-policy noeviction`: every key of the layer has a time to live, so volatile policies drop them too.',
  },
  memoryNearlyFull: {
    message: (input) => {
      const full = limited(input).find(
        (server) => !evicts(server) && (server.usedMemoryBytes ?? 0) >= NEARLY_FULL_RATIO * server.maxMemoryBytes!,
      );
      return full === undefined
        ? null
        : `Redis uses ${formatBytes(full.usedMemoryBytes!)} of its maxmemory of ${formatBytes(full.maxMemoryBytes!)}. When it is full, every send and join fails.`;
    },
    remedy: () => 'Raise `maxmemory`, or let the layer keep less: a smaller `capacity`, a shorter `expiry`.',
  },
  foreignTraffic: {
    message: ({ foreignRatio, callsPerSecond }) =>
      foreignRatio < TOLERATED_RATIO
        ? null
        : `Other applications use this Redis: ${formatRatio(foreignRatio, { digits: 2 })} of ${formatPerSecond(callsPerSecond)} calls are not the layer's. They delay its messages, and they hide some of the figures above.`,
    remedy: () => 'Give the layer a Redis server of its own; another database of the same server does not separate them.',
  },
  redisRestarted: {
    message: ({ servers }) =>
      servers.every(({ restarts }) => restarts === 0)
        ? null
        : 'Redis restarted during the observation. Groups that it did not save are empty until clients connect again.',
    remedy: () => 'See its log for the reason, and observe again.',
  },
};

/** All that applies, in the order of the list. */
export function findingsOf(input: FindingInput): readonly Finding[] {
  return (Object.entries(FINDINGS) as [FindingId, FindingRow][]).flatMap(([id, { message, remedy }]) => {
    const found = message(input);
    return found === null ? [] : [{ id, message: found, remedy: remedy(input) }];
  });
}
