import { constants } from 'node:fs';
import { open, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageError } from '../model/errors.ts';
import { holdsResult } from './read.ts';
import { proveWritable, unwritable, writeInto } from './write.ts';

/** For somebody to read from a pipe. */
const READER_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** What goes where the user has said, and how that is said. */
interface Destination {
  readonly what: string;
  readonly flag: string;
}

export const RUN_REPORT: Destination = { what: 'the report', flag: '--report' };
export const REPORT: Destination = { what: 'the report', flag: '-o' };
export const PROFILE: Destination = { what: 'the profile', flag: '-o' };
export const EXPORT: Destination = { what: 'results', flag: '-o' };

/**
 * Writes a report, or what other tools read, under the path that the user named. A file is replaced as a whole, unless it is
 * a result; a device or a pipe is written to. Throws as `ensureReportWritable` does.
 */
export async function writeReport(path: string, text: string, destination: Destination): Promise<void> {
  const isFile = await checkPlace(path, destination);
  await (isFile ? writeInto(dirname(path), path, text) : writeThrough(path, text)).catch((error: unknown) => {
    throw unwritable(path, error, { ...destination, place: 'a file' });
  });
}

/** Into a device or a pipe. Rejects where nobody reads from the pipe. */
async function writeThrough(path: string, text: string): Promise<void> {
  // Whoever opens a pipe to write waits for a reader, without end.
  await using _reader = await openForReader(path);
  await writeFile(path, text);
}

async function openForReader(path: string): Promise<FileHandle> {
  const deadline = performance.now() + READER_MS;
  for (;;) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      const isUnread = error instanceof Error && 'code' in error && error.code === 'ENXIO';
      if (!isUnread || performance.now() > deadline) throw isUnread ? new Error('nobody reads from it', { cause: error }) : error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/**
 * Proves that a report can be written, before runs are spent on it. Throws a usage error for a folder, a result and a place
 * that cannot be used, and an environment error where the disk is full or broken.
 */
export async function ensureReportWritable(path: string, destination: Destination): Promise<void> {
  if (await checkPlace(path, destination)) await proveWritable(dirname(path), { ...destination, place: 'a file' });
}

/** Whether a path is that of a file, there or not; else it is a device or a pipe. */
async function checkPlace(path: string, { what, flag }: Destination): Promise<boolean> {
  const another = `Name a file with ${flag}`;
  if (path === '') throw usageError(`the file for ${what} has no name`, `${another}, such as report.html.`);
  const entry = await stat(path).catch(() => null);
  if (entry === null) return true;
  if (entry.isDirectory()) throw usageError(`'${path}' is a folder`, `${another}, such as ${join(path, 'report.html')}.`);
  if (!entry.isFile()) return false;
  if (await holdsResult(path))
    throw usageError(`'${path}' is a result, which would be destroyed`, `${another} that is none, such as report.html.`);
  return true;
}
