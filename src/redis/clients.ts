import type { OtherClients } from '../model/environment.ts';

/** One connection of a Redis, as `CLIENT LIST` has it. */
export interface RedisClient {
  /** They go up: an older connection has a smaller one. */
  readonly id: number;
  /** `ip:port` of the client's end; of a unix socket its path and `:0`. */
  readonly address: string;
  readonly name: string;
  /** Since it was last read from or written to. */
  readonly idleSeconds: number;
  readonly flags: string;
}

/** Reads the reply of `CLIENT LIST`. Lines that are none are left out. */
export function parseClientList(text: string): readonly RedisClient[] {
  return text.split(/\r?\n/).flatMap((line): readonly RedisClient[] => {
    const fields = new Map([...line.matchAll(/(?:^| )([\w-]+)=(\S*)/g)].map(([, key, value]) => [key!, value!] as const));
    const id = Number(fields.get('id') ?? NaN);
    if (!Number.isInteger(id)) return [];
    return [
      {
        id,
        address: fields.get('addr') ?? '',
        name: fields.get('name') ?? '',
        idleSeconds: Number(fields.get('idle') ?? NaN),
        flags: fields.get('flags') ?? '',
      },
    ];
  });
}

/** What tells the connections of a run from those of others. */
export interface RunConnections {
  /** Of the coordinator's own connection, which is older than all of the run's servers. */
  readonly oldestId: number;
  /** A set for each process of the run: the name that it gives to its connections, and the addresses of its sockets. */
  readonly processes: readonly ReadonlySet<string>[];
}

/** What ioredis puts before the names of some connections to a cluster. */
const CLUSTER = /^ioredis-cluster\([^)]*\):/;
/** A reading in which one connection was at work may be that of a monitor; from so many on, others use this Redis. */
const MIN_READINGS = 2;

/** Counts, reading by reading, who else is at work in the Redis of a run. */
export class ClientTally {
  private readings = 0;
  private unreadable = 0;
  private readonly seen = { foreign: { ids: new Set<number>(), readings: 0 }, unknown: { ids: new Set<number>(), readings: 0 } };

  /** `clients`: null where Redis does not tell. Only what was at work in the last second counts. */
  add(clients: readonly RedisClient[] | null, run: RunConnections): void {
    this.readings += 1;
    if (clients === null) {
      this.unreadable += 1;
      return;
    }
    const isOf = (own: ReadonlySet<string>, { name, address }: RedisClient): boolean =>
      own.has(name.replace(CLUSTER, '')) || own.has(address);
    const canTell = run.processes.every((own) => clients.some((client) => isOf(own, client)));
    const others = othersAtWork(clients).filter((client) => !run.processes.some((own) => isOf(own, client)));
    for (const whose of ['foreign', 'unknown'] as const) {
      const theirs = others.filter(({ id }) => (canTell || id < run.oldestId) === (whose === 'foreign'));
      if (theirs.length > 0) this.seen[whose].readings += 1;
      for (const { id } of theirs) this.seen[whose].ids.add(id);
    }
  }

  /** null where nobody else was at work, or hardly anybody. */
  get others(): OtherClients | null {
    const { readings, unreadable } = this;
    if (readings > 0 && unreadable === readings) return { whose: 'unreadable', connections: 0, atWork: 0, readings };
    for (const whose of ['foreign', 'unknown'] as const) {
      const { ids, readings: atWork } = this.seen[whose];
      if (atWork > 0 && atWork >= Math.min(MIN_READINGS, readings)) return { whose, connections: ids.size, atWork, readings };
    }
    return null;
  }
}

/** Those that were at work in the last second; replicas, primaries and sentinels are part of a Redis. */
export function othersAtWork(clients: readonly RedisClient[]): readonly RedisClient[] {
  return clients.filter(({ idleSeconds, flags, name }) => idleSeconds < 1 && !/[SM]/.test(flags) && !name.startsWith('sentinel-'));
}
