import { addUp } from '../model/figure.ts';
import type { RedisConnection } from './connection.ts';

/** What a Redis server says of itself; counters are since it started. */
export interface RedisInfo {
  readonly version: string;
  /** Changes when the server process does. */
  readonly runId: string;
  /** null, here and below: it does not tell, as servers that only speak like a Redis. */
  readonly usedCpuSeconds: number | null;
  readonly usedMemoryRssBytes: number | null;
  /** Commands executed, those inside scripts included. */
  readonly commandCalls: number | null;
  /** By command, in lower case. */
  readonly callsByCommand: Readonly<Record<string, number>>;
  /** Network input and output. */
  readonly netBytes: number | null;
}

/** Reads INFO, with command statistics. Rejects when the server does not answer. */
export async function readInfo(connection: RedisConnection): Promise<RedisInfo> {
  const fields = parseInfo((await connection.info()) + (await connection.info('commandstats')));
  const sum = (...names: readonly string[]): number | null => addUp(names.map((name) => numberOf(fields.get(name))));
  const callsByCommand = callsIn(fields);
  return {
    version: fields.get('valkey_version') ?? fields.get('redis_version') ?? 'unknown',
    runId: fields.get('run_id') ?? '',
    usedCpuSeconds: sum('used_cpu_sys', 'used_cpu_user'),
    usedMemoryRssBytes: sum('used_memory_rss'),
    commandCalls: addUp(Object.values(callsByCommand)),
    callsByCommand,
    netBytes: sum('total_net_input_bytes', 'total_net_output_bytes'),
  };
}

/** Calls by command, in lower case; those of a subcommand are `client|list`. */
export function callsIn(fields: ReadonlyMap<string, string>): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, value] of fields) {
    const calls = /^calls=(\d+)/.exec(value)?.[1];
    if (name.startsWith('cmdstat_') && calls !== undefined) found[name.slice('cmdstat_'.length)] = Number(calls);
  }
  return found;
}

/** A number that INFO reports; null where it does not. */
export function numberOf(text: string | undefined): number | null {
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? null : Number(text);
}

/** The lines of INFO, by their names. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line) => {
    const cut = line.indexOf(':');
    return line.startsWith('#') || cut < 1 ? [] : [[line.slice(0, cut), line.slice(cut + 1)] as const];
  });
  return new Map(pairs);
}
