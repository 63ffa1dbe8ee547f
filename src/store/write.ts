import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BenchError, environmentError, messageOf, usageError } from '../model/errors.ts';
import type { ResultFile } from '../result/result-kinds.ts';
import { resultFileName, serializeResult } from './result-file.ts';

/** Failures of the machine; any other one means that the folder is the wrong one to name. */
const MACHINE_FAILURES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

const PERMISSIONS = 0o777;

/** What is written, and how the user says where. */
export interface Written {
  readonly what: string;
  readonly flag: string;
  readonly place: string;
}

const RESULTS: Written = { what: 'results', flag: '--out', place: 'a folder' };

/**
 * Writes a result into a folder, which is made where it is missing; answers the path of the file.
 * Whoever reads the folder at any time sees the whole file or none. Throws as `ensureWritable` does.
 */
export async function writeResult(dir: string, result: ResultFile): Promise<string> {
  const path = join(dir, resultFileName(result));
  await writeInto(dir, path, serializeResult(result)).catch((error: unknown) => {
    throw unwritable(dir, error, RESULTS);
  });
  return path;
}

/** What has become of a result: where it is, or why it is nowhere. */
export interface Kept {
  readonly path: string | null;
  /** Of the kind environment: the folder took files before the run. */
  readonly unsaved: BenchError | null;
}

/** As `writeResult`, but a result that cannot be written is not lost: whoever has it can still show it, and then tell why. */
export async function keepResult(dir: string, result: ResultFile): Promise<Kept> {
  try {
    return { path: await writeResult(dir, result), unsaved: null };
  } catch (error) {
    const { message, hint } = error instanceof BenchError ? error : unwritable(dir, error, RESULTS);
    return { path: null, unsaved: environmentError(message, hint, { cause: error }) };
  }
}

/** Whether a path is a folder that is there. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** Writes a file whole or not at all; its folder is made where it is missing. */
export async function writeInto(folder: string, path: string, text: string): Promise<void> {
  await makeFolder(folder);
  await writeAtomically(path, text);
}

/**
 * Proves that a folder takes files, before a run is spent on it; makes it where it is missing.
 * Throws a usage error for a path that cannot be used, and an environment error where the disk is full or broken.
 */
export async function ensureWritable(dir: string): Promise<void> {
  await proveWritable(dir, RESULTS);
}

/** As `ensureWritable`, for anything that is written. */
export async function proveWritable(dir: string, written: Written): Promise<void> {
  const probe = join(dir, temporaryName('probe'));
  try {
    await makeFolder(dir);
    await using file = await open(probe, 'wx');
    await file.writeFile('bench');
  } catch (error) {
    throw unwritable(dir, error, written);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/**
 * A temporary file in the same folder, flushed to the disk, then renamed; removed where anything fails. A file that it
 * replaces keeps its mode, and a symbolic link leads to the new file as it did to the old one.
 */
export async function writeAtomically(link: string, text: string): Promise<void> {
  const path = await realpath(link).catch(() => link);
  const mode = await stat(path).then(
    (entry) => entry.mode & PERMISSIONS,
    () => null,
  );
  const temporary = join(dirname(path), temporaryName('result'));
  try {
    {
      await using file = await open(temporary, 'wx');
      if (mode !== null) await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Makes a folder and its parents. Not `mkdir` with `recursive`: that never ends where a parent exists and a folder
 * cannot be made in it (as in /proc, which answers ENOENT).
 */
async function makeFolder(dir: string): Promise<void> {
  const exists = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (await exists(dir)) return;
  if (!(await exists(dirname(resolve(dir))))) await makeFolder(dirname(resolve(dir)));
  await mkdir(dir).catch(async (error: unknown) => {
    if (!(await exists(dir))) throw error;
  });
}

function temporaryName(purpose: string): string {
  return `.${purpose}-${randomBytes(6).toString('hex')}.tmp`;
}

export function unwritable(path: string, error: unknown, { what, flag, place }: Written): BenchError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Without the path that the system tells: it is of a temporary file.
  const message = `cannot write ${what} to '${path}': ${messageOf(error).replace(/, \w+ '.*$/s, '')}`;
  return MACHINE_FAILURES.has(code)
    ? environmentError(message, `Free some space, or name ${place} on another disk with ${flag}.`, { cause: error })
    : usageError(message, `Name ${place} that you may write to with ${flag}.`, { cause: error });
}
