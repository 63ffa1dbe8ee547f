import type { CommitFacts } from '../model/commit-facts.ts';
import { BenchError, environmentError, usageError } from '../model/errors.ts';
import { askProgram } from '../platform/ask-program.ts';

const TIMEOUT_MS = 60_000;
/** Of all results of a branch together. */
const MAX_BYTES = 1024 * 1024 * 1024;

/** An object of the repository and what it is called there. */
export interface NamedBlob {
  readonly id: string;
  readonly name: string;
}

/** The notes under a full ref (`refs/notes/layerbench`), each named by the commit that it is attached to; null where there is no such ref. */
export async function listNotes(directory: string, ref: string): Promise<readonly NamedBlob[] | null> {
  await ensureRepository(directory);
  if ((await resolveRef(directory, ref)) === null) return null;
  const lines = (await git(directory, ['notes', `--ref=${ref}`, 'list'])).split('\n');
  return lines.flatMap((line) => {
    const [id, name] = line.split(' ');
    return id === undefined || name === undefined ? [] : [{ id, name }];
  });
}

/** The files of a branch, here or of a remote, below a folder ('' is all); null where there is no such branch. */
export async function listBranch(directory: string, branch: string, folder: string): Promise<readonly NamedBlob[] | null> {
  await ensureRepository(directory);
  for (const ref of [`refs/heads/${branch}`, `refs/remotes/${branch}`, `refs/remotes/origin/${branch}`]) {
    const commit = await resolveRef(directory, ref);
    if (commit === null) continue;
    const paths = folder === '' ? [] : ['--', folder];
    const entries = (await git(directory, ['ls-tree', '-r', '-z', '--full-tree', commit, ...paths])).split('\0');
    return entries.flatMap((entry) => {
      const [, id, name] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      return id === undefined || name === undefined ? [] : [{ id, name }];
    });
  }
  return null;
}

/** The texts of blobs, in their order. */
export async function readBlobs(directory: string, ids: readonly string[]): Promise<readonly string[]> {
  const output = await gitBytes(directory, ['cat-file', '--batch'], ids.map((id) => `${id}\n`).join(''));
  const texts: string[] = [];
  // Each is a line `<id> <type> <size>`, then so many bytes and a newline.
  for (let at = 0; at < output.length;) {
    const end = output.indexOf('\n', at);
    const size = Number(output.toString('latin1', at, end).split(' ')[2]);
    texts.push(output.toString('utf8', end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return texts;
}

/** Dates and subjects by sha, of the commits that are known here; of none where there is no repository. */
export async function commitFacts(directory: string, shas: readonly string[]): Promise<ReadonlyMap<string, CommitFacts>> {
  const known = shas.filter((sha) => /^[0-9a-f]{40,64}$/.test(sha));
  if (known.length === 0) return new Map();
  const format = ['--no-walk', '--ignore-missing', '--no-show-signature', '--format=%H%x00%cI%x00%s'];
  const text = await git(directory, ['log', ...format, '--stdin'], known.join('\n')).catch(() => '');
  return new Map(
    text.split('\n').flatMap((line) => {
      const [sha, date, subject] = line.split('\0');
      return sha === undefined || date === undefined || subject === undefined ? [] : [[sha, { date, subject }] as const];
    }),
  );
}

async function ensureRepository(directory: string): Promise<void> {
  try {
    await git(directory, ['rev-parse', '--git-dir']);
  } catch (error) {
    if (error instanceof BenchError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw environmentError('git is not installed', 'Install it, or give result files or folders.', { cause: error });
    }
    throw usageError(
      `'${directory}' is in no git repository that can be read`,
      'Call bench from within one, or give result files or folders.',
      {
        cause: error,
      },
    );
  }
}

/** The object that a full ref stands for; null where there is none. */
async function resolveRef(directory: string, ref: string): Promise<string | null> {
  const id = await git(directory, ['rev-parse', '--verify', '--quiet', ref]).catch((error: unknown) => {
    if (error instanceof BenchError) throw error;
    return null;
  });
  return id === null ? null : id.trim();
}

async function git(directory: string, args: readonly string[], input = ''): Promise<string> {
  return (await gitBytes(directory, args, input)).toString('utf8');
}

async function gitBytes(directory: string, args: readonly string[], input: string): Promise<Buffer> {
  const { code, output } = await askProgram({
    command: 'git',
    args: ['-C', directory, ...args],
    input,
    deadlineMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    remedy: `Run git in '${directory}' by hand to see what it waits for; or give result files or folders.`,
  });
  if (code !== 0) throw new Error(`git ${args[0]} ended with code ${code}`);
  return output;
}
