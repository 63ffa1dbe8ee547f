import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { environmentError, messageOf, usageError, type BenchError } from '../core/errors.ts';
import type { ResultFile } from '../core/result-kinds.ts';
import { resultFileName, serializeResult } from './result-file.ts';

/** Failures of the machine; any other one means that the folder is the wrong one to name. */
const MACHINE_FAILURES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

/**
 * Writes a result into a folder, which is made where it is missing; answers the path of the file.
 * Whoever reads the folder at any time sees the whole file or none. Throws as `ensureWritable` does.
 */
export function writeResult(dir: string, result: ResultFile): Promise<string> {
  return writeText(dir, resultFileName(result), serializeResult(result));
}

/** As `writeResult`, for any file. */
export async function writeText(dir: string, name: string, text: string): Promise<string> {
  const path = join(dir, name);
  try {
    await makeFolder(dir);
    await writeAtomically(path, text);
  } catch (error) {
    throw unwritable(dir, error);
  }
  return path;
}

/** Whether a path is a folder that is there. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/**
 * Proves that a folder takes files, before a run is spent on it; makes it where it is missing.
 * Throws a usage error for a path that cannot be used, and an environment error where the disk is full or broken.
 */
export async function ensureWritable(dir: string): Promise<void> {
  const probe = join(dir, temporaryName('probe'));
  try {
    await makeFolder(dir);
    await using file = await open(probe, 'wx');
    await file.writeFile('bench');
  } catch (error) {
    throw unwritable(dir, error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** A temporary file in the same folder, flushed to the disk, then renamed; removed where anything fails. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), temporaryName('result'));
  try {
    {
      await using file = await open(temporary, 'wx');
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

function unwritable(dir: string, error: unknown): BenchError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = `cannot write results to '${dir}': ${messageOf(error)}`;
  return MACHINE_FAILURES.has(code)
    ? environmentError(message, 'Free some space, or name a folder on another disk with --out.', { cause: error })
    : usageError(message, 'Name a folder that you may write to with --out.', { cause: error });
}
