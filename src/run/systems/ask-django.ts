import { BenchError, environmentError, messageOf } from '../../model/errors.ts';
import { askProgram } from '../../platform/ask-program.ts';
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
  const { output } = await askProgram({
    command: python.command,
    args: ['-c', program],
    folder,
    environment: pythonEnvironment(python, [], { DJANGO_SETTINGS_MODULE: module }),
    descriptor: 3,
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_BYTES,
    remedy: `See what the settings ${module} wait for.`,
  }).catch((error: unknown) => {
    if (error instanceof BenchError) throw error;
    throw environmentError(`--settings ${module}: ${python.command} cannot be run in '${folder}': ${messageOf(error)}`, 'Check --cwd.', {
      cause: error,
    });
  });
  try {
    return JSON.parse(output.toString()) as unknown;
  } catch {
    throw environmentError(
      `--settings ${module}: ${python.command} ended without an answer`,
      'See whether it can import the settings on its own.',
    );
  }
}
