import { randomBytes } from 'node:crypto';
import { messageOf } from '../model/errors.ts';
import { CaseBed } from './bed.ts';
import { DEFAULT_TIMEOUT_MS, type ConformanceCase, type RedisAdmin, type RunnableCase } from './case.ts';
import type { Subject } from './subject.ts';

export type Outcome =
  | { readonly kind: 'pass'; readonly ms: number; readonly notes: readonly string[] }
  | { readonly kind: 'fail'; readonly ms: number; readonly reason: string }
  /** Not run, though it may belong to the layer. */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** Other tests of the project check it. */
  | { readonly kind: 'covered'; readonly reason: string }
  /** The behaviour does not belong to the layer. */
  | { readonly kind: 'not applicable'; readonly reason: string };

export interface CaseResult {
  readonly entry: ConformanceCase;
  readonly layer: string;
  readonly outcome: Outcome;
}

/** Most cases wait for Redis or for a clock. */
const PARALLEL_CASES = 8;

/** Begins every key of one process that runs cases. */
export const KEY_PREFIX: string = `layerbench-c${randomBytes(4).toString('hex')}`;

let beds = 0;

/** Why a case is not run on a layer; null where it is. */
export function reasonNotToRun(entry: ConformanceCase, subject: Subject): Exclude<Outcome, { readonly ms: number }> | null {
  if ('skip' in entry) return { kind: 'skipped', reason: entry.skip };
  for (const trait of entry.needs) {
    const has = subject.traits[trait];
    if (has !== true) return { kind: 'not applicable', reason: has };
  }
  if ('coveredBy' in entry) return { kind: 'covered', reason: `by ${entry.coveredBy}` };
  return null;
}

/** Runs one case on one layer. Never throws; what the case has opened is closed when it resolves. */
export async function runCase(
  entry: ConformanceCase,
  subject: Subject,
  redis: RedisAdmin | null,
  signal?: AbortSignal,
): Promise<CaseResult> {
  const reason = reasonNotToRun(entry, subject);
  if (reason !== null) return { entry, layer: subject.name, outcome: reason };
  return { entry, layer: subject.name, outcome: await run(entry as RunnableCase, subject, redis, signal) };
}

export interface RunCasesOptions {
  /** Ends the run: no case begins any more, and those that run are given up. */
  readonly signal?: AbortSignal;
  /** Told each result as it comes. */
  readonly onResult?: (result: CaseResult) => void;
}

/** Runs cases on layers, several at a time. Results are in the order of layers, then of cases. */
export async function runCases(
  subjects: readonly Subject[],
  entries: readonly ConformanceCase[],
  redis: RedisAdmin | null,
  { signal, onResult }: RunCasesOptions = {},
): Promise<readonly CaseResult[]> {
  const work = subjects.flatMap((subject) => entries.map((entry) => ({ subject, entry })));
  const results: CaseResult[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < work.length && signal?.aborted !== true; at = next++) {
      const { subject, entry } = work[at]!;
      const result = await runCase(entry, subject, redis, signal);
      results[at] = result;
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CASES }, worker));
  return results;
}

async function run(entry: RunnableCase, subject: Subject, redis: RedisAdmin | null, signal?: AbortSignal): Promise<Outcome> {
  const bed = new CaseBed(subject, `${KEY_PREFIX}-${beds++}`, subject.usesRedis ? redis : null);
  const startedMs = performance.now();
  const failures: string[] = [];
  const stray = (error: unknown): void => void failures.push(`unhandled rejection: ${messageOf(error)}`);
  process.on('unhandledRejection', stray);
  try {
    await withLimit(entry, bed, signal);
  } catch (error) {
    failures.push(reasonOf(error));
  }
  const ms = performance.now() - startedMs;
  await bed.dispose().catch((error: unknown) => failures.push(reasonOf(error)));
  // Rejections that nobody handles are told after the microtasks of the turn in which they occur.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', stray);
  return failures.length === 0 ? { kind: 'pass', ms, notes: bed.notes } : { kind: 'fail', ms, reason: failures.join('; ') };
}

async function withLimit(entry: RunnableCase, bed: CaseBed, signal?: AbortSignal): Promise<void> {
  const limitMs = entry.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const limit = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error('interrupted'));
    signal?.addEventListener('abort', onAbort);
    timer = setTimeout(() => {
      const what = bed.waitsFor;
      reject(new Error(`not done within ${limitMs / 1000} s${what === '' ? '' : `: waits for ${what}`}`));
    }, limitMs);
  });
  // A case may throw before its first await.
  const work = Promise.resolve().then(() => entry.run(bed));
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}

function reasonOf(error: unknown): string {
  const name = error instanceof Error && !['Error', 'BenchError'].includes(error.name) ? `${error.name}: ` : '';
  return `${name}${messageOf(error)}`.replaceAll(/\s+/g, ' ').trim();
}
