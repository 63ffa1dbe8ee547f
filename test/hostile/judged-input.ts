import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostileInput } from './inputs.ts';

/** How a command line has ended. */
export interface Outcome {
  /** null where it did not end by itself. */
  readonly code: number | null;
  /** All that it said. */
  readonly text: string;
  /** That it took. */
  readonly ms: number;
}

/** Those that the help and README tell, but for that of a bug and those of signals. */
const DOCUMENTED: ReadonlySet<number | null> = new Set([0, 2, 3, 4, 5, 6, 7]);

/** What is wrong with an outcome, whatever the input; null for nothing. */
export function problemOf({ code, text, ms }: Outcome, limitMs: number): string | null {
  if (!DOCUMENTED.has(code)) return `it ended with ${code}`;
  if (/bug in bench/.test(text)) return 'it says that it is a bug';
  if (/^\s+at \S.*:\d+:\d+\)?$/m.test(text)) return 'it shows a stack trace';
  if (code !== 0 && text.trim() === '') return 'it says nothing';
  return ms <= limitMs ? null : `it took ${(ms / 1000).toFixed(1)} s`;
}

/** An input as it can be run again by hand. */
export function described({ args, env, files }: HostileInput, seed: number, index: number): string {
  const words = args.map((word) => JSON.stringify(word.length > 200 ? `${word.slice(0, 200)}…` : word)).join(' ');
  const texts = Object.entries(files).map(([name, bytes]) => `${name}: ${JSON.stringify(Buffer.from(bytes.subarray(0, 300)).toString())}`);
  return [`input ${index} of seed ${seed}: bench ${words}`, ...(Object.keys(env).length > 0 ? [JSON.stringify(env)] : []), ...texts].join(
    '\n',
  );
}

/** A folder with the files of an input, for as long as `work` takes. */
export async function inFolder<T>({ files }: HostileInput, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'layerbench-hostile-'));
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
