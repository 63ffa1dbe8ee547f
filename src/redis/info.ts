import type { RedisConnection } from './connection.ts';

/** What a Redis server says of itself; counters are since it started. */
export interface RedisInfo {
  readonly version: string;
  /** Changes when the server process does. */
  readonly runId: string;
  readonly usedCpuSeconds: number;
  readonly usedMemoryRssBytes: number;
  /** Commands executed, those inside scripts included. */
  readonly commandCalls: number;
  /** By command, in lower case. */
  readonly callsByCommand: Readonly<Record<string, number>>;
  /** Network input and output. */
  readonly netBytes: number;
}

/** Reads INFO, with command statistics. Rejects when the server does not answer. */
export async function readInfo(connection: RedisConnection): Promise<RedisInfo> {
  const fields = parseInfo((await connection.info()) + (await connection.info('commandstats')));
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  const callsByCommand: Record<string, number> = {};
  for (const [name, value] of fields) {
    const calls = /^calls=(\d+)/.exec(value)?.[1];
    if (name.startsWith('cmdstat_') && calls !== undefined) callsByCommand[name.slice('cmdstat_'.length)] = Number(calls);
  }
  return {
    version: fields.get('valkey_version') ?? fields.get('redis_version') ?? 'unknown',
    runId: fields.get('run_id') ?? '',
    usedCpuSeconds: number('used_cpu_sys') + number('used_cpu_user'),
    usedMemoryRssBytes: number('used_memory_rss'),
    commandCalls: Object.values(callsByCommand).reduce((sum, calls) => sum + calls, 0),
    callsByCommand,
    netBytes: number('total_net_input_bytes') + number('total_net_output_bytes'),
  };
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line) => {
    const cut = line.indexOf(':');
    return line.startsWith('#') || cut < 1 ? [] : [[line.slice(0, cut), line.slice(cut + 1)] as const];
  });
  return new Map(pairs);
}
