import { spawn } from 'node:child_process';
import { environmentError } from '../../core/errors.ts';
import { findPython, pythonEnvironment } from './python.ts';

const DEADLINE_MS = 60_000;
/** More than any setting has. */
const MAX_BYTES = 4 * 1024 * 1024;

export interface DjangoQuestion {
  /** A program that answers with JSON on descriptor 3. */
  readonly program: string;
  /** The settings module. */
  readonly module: string;
  readonly python: string | null;
  readonly folder: string;
}

/** Runs a program in the user's interpreter with its settings. Throws an environment error where there is none, or it does not answer. */
export async function askDjango({ program, module, python: named, folder }: DjangoQuestion): Promise<unknown> {
  const python = await findPython(named);
  if (python === null || python.versions.django === null)
    throw environmentError(
      `--settings ${module}: ${named === null ? 'there is no Python with Django and Channels on this machine' : `${named} is no Python with Django`}`,
      "Name your project's interpreter with --python.",
    );
  const answer = await new Promise<string>((resolve, reject) => {
    const child = spawn(python.command, ['-c', program], {
      cwd: folder,
      env: pythonEnvironment(python, [], { DJANGO_SETTINGS_MODULE: module }),
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    let text = '';
    child.stdio[3]!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.length > MAX_BYTES) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  }).catch((error: unknown) => {
    throw environmentError(
      `--settings ${module}: ${python.command} gave no answer within ${DEADLINE_MS / 1000} s`,
      'See what its settings wait for.',
      {
        cause: error,
      },
    );
  });
  try {
    return JSON.parse(answer) as unknown;
  } catch {
    throw environmentError(
      `--settings ${module}: ${python.command} ended without an answer`,
      'See whether it can import the settings on its own.',
    );
  }
}
