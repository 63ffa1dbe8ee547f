import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { Environment } from '../model/environment.ts';
import { askProgram } from './ask-program.ts';

const TIMEOUT_MS = 5000;

/** The machine, and the state of the directory that bench was called in. */
export interface HostFacts {
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly git: Environment['git'];
}

export async function hostFacts(directory: string = process.cwd()): Promise<HostFacts> {
  return {
    cpuModel: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    git: await gitState(directory),
  };
}

/**
 * Most files that one process may have open; null where that is not known or not limited. Node raises its own soft
 * limit to the hard one, and its children inherit that, so the hard limit counts.
 */
export async function openFileLimit(): Promise<number | null> {
  try {
    const line = /^Max open files\s+\S+\s+(\S+)/m.exec(await readFile('/proc/self/limits', 'utf8'));
    return wholeNumber(line?.[1]);
  } catch {
    return wholeNumber(await output('sh', ['-c', 'ulimit -Hn']));
  }
}

function wholeNumber(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

async function gitState(directory: string): Promise<Environment['git']> {
  const sha = await output('git', ['-C', directory, 'rev-parse', 'HEAD']);
  if (sha === null) return null;
  const changes = await output('git', ['-C', directory, 'status', '--porcelain', '--untracked-files=no']);
  return { sha: sha.trim(), dirty: (changes ?? '').trim() !== '' };
}

/** What a program prints; null where it fails, does not exist or does not answer: a run does without. */
async function output(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { code, output: said } = await askProgram({ command, args, deadlineMs: TIMEOUT_MS, remedy: '' });
    return code === 0 ? said.toString() : null;
  } catch {
    return null;
  }
}
