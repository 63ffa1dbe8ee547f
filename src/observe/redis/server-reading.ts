import { callsIn, numberOf, parseInfo } from '../../redis/info.ts';
import type { CounterReading } from '../counters.ts';
import type { Answers } from './observer-connection.ts';

/* The answers to TIME and INFO → a reading. */

export const READING: readonly (readonly string[])[] = [['TIME'], ['INFO', 'all']];

export interface ServerReading {
  readonly counters: CounterReading;
  readonly runId: string;
  readonly blockedClients: number | null;
  readonly maxMemoryBytes: number | null;
  readonly usedMemoryBytes: number | null;
  readonly evictionPolicy: string | null;
  readonly evictedKeys: number;
  /** By the number of the database. */
  readonly keysOf: (database: number) => number;
}

export function readServer({ replies: [time, info], own }: Answers): ServerReading {
  const fields = parseInfo(String(info));
  const number = (name: string): number | null => numberOf(fields.get(name));
  const runId = fields.get('run_id') ?? '';
  const calls: Record<string, number> = {};
  for (const [name, count] of Object.entries(callsIn(fields))) {
    const [command] = name.split('|') as [string];
    calls[command] = (calls[command] ?? 0) + count;
  }
  for (const [command, count] of Object.entries(own.calls)) if (Object.hasOwn(calls, command)) calls[command]! -= count;
  return {
    counters: {
      serverSeconds: timeIn(time),
      epoch: `${runId} ${own.connection}`,
      calls,
      bytes: bytesOf(number, own),
    },
    runId,
    blockedClients: number('blocked_clients'),
    maxMemoryBytes: number('maxmemory'),
    usedMemoryBytes: number('used_memory'),
    evictionPolicy: fields.get('maxmemory_policy') ?? null,
    evictedKeys: number('evicted_keys') ?? 0,
    keysOf: (database) => Number(/keys=(\d+)/.exec(fields.get(`db${database}`) ?? '')?.[1] ?? 0),
  };
}

/** The answer to TIME, in seconds since 1970. */
export function timeIn(reply: unknown): number {
  const [seconds, microseconds] = (reply as readonly Buffer[]).map(Number) as [number, number];
  return seconds + microseconds / 1e6;
}

/** Without replication, which older servers count among the rest. */
function bytesOf(number: (name: string) => number | null, own: Answers['own']): CounterReading['bytes'] {
  const [input, output] = [number('total_net_input_bytes'), number('total_net_output_bytes')];
  const [replicaInput, replicaOutput] = [number('total_net_repl_input_bytes'), number('total_net_repl_output_bytes')];
  const hasReplicas = (number('connected_slaves') ?? 0) > 0;
  if (input === null || output === null || (hasReplicas && replicaOutput === null)) return null;
  return { input: input - (replicaInput ?? 0) - own.inputBytes, output: output - (replicaOutput ?? 0) - own.outputBytes };
}
