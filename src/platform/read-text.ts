import { constants, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/* Input files are read with a bound, and those that are no files with a deadline: a path may name a device or a pipe. */

const MIB = 1024 * 1024;
/** More than any configuration has. */
const USUAL_BYTES = 4 * MIB;
const CHUNK_BYTES = 64 * 1024;
/** How long a pipe may be without a writer, and a writer silent. */
const PATIENCE = { writerMs: 4000, partMs: 10_000 } as const;
const PIPE_POLL_MS = 20;

/** What ends a reading; `code` as those of the system's errors. */
class ReadError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * A text file of at most so many bytes, or what comes through a pipe (of a device less). Rejects with an error that `readFailure`
 * puts in words: also for a pipe to which nobody writes.
 */
export async function readText(
  path: string,
  maxBytes: number = USUAL_BYTES,
  { writerMs, partMs }: { readonly writerMs: number; readonly partMs: number } = PATIENCE,
): Promise<string> {
  // A pipe that nobody writes to is opened at once then.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new ReadError('EISDIR');
    const isPipe = stats.isFIFO();
    const most = stats.isFile() || isPipe ? maxBytes : Math.min(maxBytes, USUAL_BYTES);
    if (stats.isFile() && stats.size > most) throw new ReadError('EFBIG');
    const chunks: Buffer[] = [];
    let size = 0;
    let sinceMs = performance.now();
    for (;;) {
      const chunk = await readChunk(file);
      if (chunk === null || (isPipe && chunk.length === 0 && size === 0)) {
        if (performance.now() - sinceMs > (chunk === null ? partMs : writerMs)) throw new ReadError('ETIMEDOUT');
        await new Promise((resolve) => setTimeout(resolve, PIPE_POLL_MS));
        continue;
      }
      if (chunk.length === 0) return Buffer.concat(chunks).toString('utf8');
      sinceMs = performance.now();
      size += chunk.length;
      if (size > most) throw new ReadError('EFBIG');
      chunks.push(chunk);
    }
  } finally {
    await file.close();
  }
}

/** null where a pipe is empty for now. */
async function readChunk(file: FileHandle): Promise<Buffer | null> {
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null;
    throw error;
  }
}

/** The same for a regular file, at once. Throws for anything else. */
export function readTextSync(path: string, maxBytes: number = USUAL_BYTES): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory()) throw new ReadError('EISDIR');
    if (!stats.isFile()) throw new ReadError('ENOTREG');
    if (stats.size > maxBytes) throw new ReadError('EFBIG');
    const buffer = Buffer.alloc(stats.size);
    return buffer.subarray(0, readSync(file, buffer, 0, stats.size, 0)).toString('utf8');
  } finally {
    closeSync(file);
  }
}
