import type { Capacities } from './capacities.ts';
import { queueKey } from './redis-keys.ts';
import type { Shard, Shards } from './shards.ts';
import type { WireFormat } from './wire-format.ts';

/** The members of a group that share a queue: they get one message, addressed to all of them. */
export interface Bucket {
  readonly key: string;
  readonly shard: Shard;
  readonly channels: readonly string[];
  /** `channels`, encoded. */
  readonly address: Buffer;
  /** That of the first member. */
  readonly capacity: number;
}

interface Known {
  readonly members: readonly string[];
  readonly buckets: readonly Bucket[];
}

const REMEMBERED_GROUPS = 256;

/** Sorts the members of a group by their queues; remembers it for as long as the group stays the same. */
export class Addressing {
  private readonly prefix: string;
  private readonly shards: Shards;
  private readonly wire: WireFormat;
  private readonly capacities: Capacities;
  private readonly known = new Map<string, Known>();

  constructor(prefix: string, shards: Shards, wire: WireFormat, capacities: Capacities) {
    this.prefix = prefix;
    this.shards = shards;
    this.wire = wire;
    this.capacities = capacities;
  }

  buckets(group: string, members: readonly string[]): readonly Bucket[] {
    const known = this.known.get(group);
    if (known !== undefined && isSame(known.members, members)) return known.buckets;
    const buckets = this.sort(members);
    if (this.known.size >= REMEMBERED_GROUPS) this.known.clear();
    this.known.set(group, { members, buckets });
    return buckets;
  }

  private sort(members: readonly string[]): readonly Bucket[] {
    const byKey = new Map<string, string[]>();
    for (const member of members) {
      const key = queueKey(this.prefix, member);
      const channels = byKey.get(key);
      if (channels === undefined) byKey.set(key, [member]);
      else channels.push(member);
    }
    return [...byKey].map(([key, channels]) => ({
      key,
      shard: this.shards.ofQueue(channels[0]!),
      channels,
      address: this.wire.address(channels),
      capacity: this.capacities.of(channels[0]!),
    }));
  }
}

/** Buckets by the host that they are on. */
export function byShard(buckets: readonly Bucket[]): ReadonlyMap<Shard, readonly Bucket[]> {
  const shards = new Map<Shard, Bucket[]>();
  for (const bucket of buckets) {
    const list = shards.get(bucket.shard);
    if (list === undefined) shards.set(bucket.shard, [bucket]);
    else list.push(bucket);
  }
  return shards;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
