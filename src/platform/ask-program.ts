import { spawn } from 'node:child_process';
import { environmentError } from '../model/errors.ts';
import { endGroup } from './end-group.ts';

const USUAL_BYTES = 16 * 1024 * 1024;

/** A program that is to answer and end. */
export interface Question {
  readonly command: string;
  readonly args: readonly string[];
  /** After it the program, and what it has started, is killed. */
  readonly deadlineMs: number;
  /** What to do about one that does not answer. */
  readonly remedy: string;
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** For its standard input; none by default. */
  readonly input?: string;
  /** Descriptor that it answers on: 1, where not told otherwise. */
  readonly descriptor?: 1 | 3;
  /** More than this is no answer. */
  readonly maxBytes?: number;
}

/** How it ended, and what it said. */
export interface Answer {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly output: Buffer;
}

/**
 * Runs a program to its end. Throws an environment error that names it where it has not ended by the deadline, or says too much, and
 * the error of the system where it cannot be run. Nothing of it is left either way.
 */
export async function askProgram(question: Question): Promise<Answer> {
  const { command, args, deadlineMs, remedy, folder, environment, input, descriptor = 1, maxBytes = USUAL_BYTES } = question;
  // A group of its own, so that what a script has started ends with it.
  const child = spawn(command, [...args], {
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(environment === undefined ? {} : { env: environment }),
    detached: true,
    stdio: [
      input === undefined ? 'ignore' : 'pipe',
      descriptor === 1 ? 'pipe' : 'ignore',
      'ignore',
      ...(descriptor === 3 ? (['pipe'] as const) : []),
    ],
  });
  const stop = (): void => endGroup(child);
  process.once('exit', stop);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const giveUp = (what: string): void => reject(environmentError(`${nameOf(question)} ${what}`, remedy));
      timer = setTimeout(() => giveUp(`gave no answer within ${deadlineMs / 1000} s`), deadlineMs);
      const chunks: Buffer[] = [];
      let size = 0;
      child.stdio[descriptor]?.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > maxBytes) giveUp('does not stop talking');
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks) }));
      // One that ends early does not read its input: its exit says why.
      child.stdin?.on('error', () => undefined).end(input);
    });
  } finally {
    clearTimeout(timer);
    process.off('exit', stop);
    stop();
  }
}

/** The command and its first word, which says what it was asked. */
function nameOf({ command, args }: Question): string {
  const [first] = args;
  return first === undefined || first === '-c' ? command : `${command} ${first}`;
}
