import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { environmentError, messageOf, usageError, type BenchError } from '../core/errors.ts';
import type { ResultFile } from '../core/result-kinds.ts';
import { resultFileName, serializeResult } from './result-file.ts';

/** Failures of the machine; any other one means that the folder is the wrong one to name. */
const MACHINE_FAILURES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

/** What is written, and how the user says where. */
interface Written {
  readonly what: string;
  readonly flag: string;
  readonly place: string;
}

const RESULTS: Written = { what: 'results', flag: '--out', place: 'a folder' };
const REPORT: Written = { what: 'the report', flag: '--report or -o', place: 'a file' };

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
  await writeInto(dir, path, text).catch((error: unknown) => {
    throw unwritable(dir, error, RESULTS);
  });
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
 * Writes a report under the path that the user named; its folder is made where it is missing, and an earlier file is
 * replaced. Throws as `ensureWritable` does.
 */
export async function writeReport(path: string, text: string): Promise<void> {
  await writeInto(dirname(path), path, text).catch((error: unknown) => {
    throw unwritable(path, error, REPORT);
  });
}

async function writeInto(folder: string, path: string, text: string): Promise<void> {
  await makeFolder(folder);
  await writeAtomically(path, text);
}

/** Proves that the folder of a report takes files, before runs are spent on it. Throws as `ensureWritable` does. */
export async function ensureReportWritable(path: string): Promise<void> {
  if (await isFolder(path))
    throw usageError(`'${path}' is a folder`, `Name a file with ${REPORT.flag}, such as ${join(path, 'report.html')}.`);
  await proveWritable(dirname(path), REPORT);
}

/**
 * Proves that a folder takes files, before a run is spent on it; makes it where it is missing.
 * Throws a usage error for a path that cannot be used, and an environment error where the disk is full or broken.
 */
export async function ensureWritable(dir: string): Promise<void> {
  await proveWritable(dir, RESULTS);
}

async function proveWritable(dir: string, written: Written): Promise<void> {
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

function unwritable(path: string, error: unknown, { what, flag, place }: Written): BenchError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = `cannot write ${what} to '${path}': ${messageOf(error)}`;
  return MACHINE_FAILURES.has(code)
    ? environmentError(message, `Free some space, or name ${place} on another disk with ${flag}.`, { cause: error })
    : usageError(message, `Name ${place} that you may write to with ${flag}.`, { cause: error });
}
