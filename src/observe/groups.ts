import { nonLocalName } from '../model/channel-names.ts';
import { unitHash, DistinctSample } from './distinct.ts';

/* What one pass over the groups of a core layer shows: sizes, processes, connections, ages. Names are hashed and dropped. */

/** One group. */
export interface GroupReading {
  readonly members: number;
  /** Queues that a send to it reaches: processes that have members. */
  readonly queues: number;
  /** Members by the index of their process, for the processes that are watched. */
  readonly byProcess: ReadonlyMap<number, number>;
}

/** A membership: the channel, and when it joined. */
export interface Membership {
  readonly channel: string;
  /** Unix time. */
  readonly joinedSeconds: number;
}

/** One pass over the groups, over all servers of a layer. */
export interface GroupsSnapshot {
  readonly groups: readonly GroupReading[];
  /** Groups that there are; more than were read where they are a sample. */
  readonly groupsFound: number;
  /** One standard deviation of their number. */
  readonly groupsErrorRatio: number;
  /** Share of the keys that were looked through, from 0 to 1. */
  readonly scannedRatio: number;
  /** Channels in groups, with those of each watched process by its index; `errorRatio`: one standard deviation. */
  readonly connections: { readonly count: number; readonly errorRatio: number; readonly byProcess: ReadonlyMap<number, number> };
  /** Processes that have members. */
  readonly processes: { readonly count: number; readonly errorRatio: number };
  /** Mean lengths, in bytes. */
  readonly memberBytes: number;
  readonly groupKeyBytes: number;
  readonly queueKeyBytes: number;
  /** By the time to live of groups; null where none was read. */
  readonly groupExpirySeconds: number | null;
  /** Ages of memberships, a random sample. */
  readonly agesSeconds: readonly number[];
}

/** Processes whose queues are watched. */
export const MOST_PROCESSES = 256;
const MOST_CONNECTIONS = 50_000;
const MOST_PROCESS_NAMES = 10_000;
const MOST_AGES = 10_000;

/** Gathers one pass. `seed` keys the hashes. */
export class GroupsTally {
  private readonly seed: number;
  private readonly prefixBytes: number;
  private readonly groups: GroupReading[] = [];
  private readonly connections = new DistinctSample<number | null>(MOST_CONNECTIONS);
  private readonly processNames = new DistinctSample<null>(MOST_PROCESS_NAMES);
  private readonly ages = new DistinctSample<number>(MOST_AGES);
  private readonly watched: Map<string, number>;
  private readonly sums = { members: 0, memberBytes: 0, groupKeyBytes: 0, queueKeyBytes: 0 };
  private expirySeconds: number | null = null;

  /** `watched`: queues by name, in turn; new ones are added to it, up to `MOST_PROCESSES`. */
  constructor(seed: number, prefix: string, watched: Map<string, number>) {
    this.seed = seed;
    this.prefixBytes = new TextEncoder().encode(prefix).length;
    this.watched = watched;
  }

  /** `members`: all that there are, of which `memberships` may be the first pages. */
  addGroup(keyBytes: number, members: number, memberships: readonly Membership[], nowSeconds: number): void {
    if (memberships.length === 0) return;
    const counts = new Map<string, number>();
    for (const { channel, joinedSeconds } of memberships) {
      const name = nonLocalName(channel);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      this.connections.add(unitHash(channel, this.seed), this.indexOf(name));
      this.ages.add(unitHash(`${this.groups.length}:${channel}`, this.seed), nowSeconds - joinedSeconds);
      this.sums.memberBytes += channel.length;
      this.sums.queueKeyBytes += this.prefixBytes + name.length;
    }
    this.sums.members += memberships.length;
    this.sums.groupKeyBytes += keyBytes;
    // Of a group that is read in part, the rest is as what was read.
    const factor = members / memberships.length;
    const byProcess = new Map<number, number>();
    for (const [name, count] of counts) {
      this.processNames.add(unitHash(name, this.seed), null);
      const index = this.indexOf(name);
      if (index !== null) byProcess.set(index, Math.round(count * factor));
    }
    this.groups.push({ members, queues: counts.size, byProcess });
  }

  /** The time to live of a group, and when its newest member joined. */
  addExpiry(ttlSeconds: number, newestAgeSeconds: number): void {
    const expirySeconds = ttlSeconds + newestAgeSeconds;
    if (ttlSeconds > 0) this.expirySeconds = Math.max(this.expirySeconds ?? 0, expirySeconds);
  }

  get groupsRead(): number {
    return this.groups.length;
  }

  snapshot(groupsFound: number, scannedRatio: number, groupsErrorRatio = 0): GroupsSnapshot {
    const { members, memberBytes, queueKeyBytes, groupKeyBytes } = this.sums;
    return {
      groups: this.groups,
      groupsFound,
      groupsErrorRatio,
      scannedRatio,
      connections: { count: this.connections.count, errorRatio: this.connections.errorRatio, byProcess: this.connectionsByProcess() },
      processes: { count: this.processNames.count, errorRatio: this.processNames.errorRatio },
      memberBytes: memberBytes / Math.max(1, members),
      queueKeyBytes: queueKeyBytes / Math.max(1, members),
      groupKeyBytes: groupKeyBytes / Math.max(1, this.groups.length),
      // A join is stamped before Redis sets the time to live, so that the sum is a little too large.
      groupExpirySeconds: this.expirySeconds === null ? null : Math.floor(this.expirySeconds),
      agesSeconds: this.ages.items,
    };
  }

  private connectionsByProcess(): ReadonlyMap<number, number> {
    const { items, count } = this.connections;
    const each = count / Math.max(1, items.length);
    const byProcess = new Map<number, number>();
    for (const index of items) if (index !== null) byProcess.set(index, (byProcess.get(index) ?? 0) + each);
    return byProcess;
  }

  /** null for a process that is not watched. */
  private indexOf(name: string): number | null {
    const found = this.watched.get(name);
    if (found !== undefined) return found;
    if (this.watched.size >= MOST_PROCESSES || !name.endsWith('!')) return null;
    const index = this.watched.size;
    this.watched.set(name, index);
    return index;
  }
}
