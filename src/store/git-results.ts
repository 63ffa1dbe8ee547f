import type { ResultFile } from '../result/result-kinds.ts';
import { usageError } from '../model/errors.ts';
import { listBranch, listNotes, readBlobs } from './git-repository.ts';
import { parseResultFile } from './read.ts';

/** Where results are kept as git notes. */
export const NOTES_REF = 'layerbench';

/**
 * Results that are kept as notes of their commits. A note holds result files one after another, as they are or one a
 * line. `ref` is `layerbench` or `refs/notes/layerbench`. Throws a usage error where there is no repository, no such
 * ref, or something else in a note.
 */
export async function readNotes(directory: string, ref: string): Promise<readonly HistoryEntry[]> {
  const fullRef = ref.startsWith('refs/') ? ref : `refs/notes/${ref}`;
  const notes = await listNotes(directory, fullRef);
  if (notes === null || notes.length === 0) {
    throw usageError(
      `there are no notes under '${fullRef}'`,
      `Fetch them:  git fetch origin ${fullRef}:${fullRef}\nor add one:  git notes --ref=${ref} append -F results/FILE.json COMMIT`,
    );
  }
  const texts = await readBlobs(
    directory,
    notes.map(({ id }) => id),
  );
  return notes.flatMap(({ name: commit }, i) =>
    documentsOf(texts[i]!).map((text) => ({ result: parseResultFile(text, `note of ${commit.slice(0, 8)}`), commit })),
  );
}

/** The text of a note → JSON documents: each begins with a brace at the beginning of a line, as no line within one does. */
function documentsOf(text: string): readonly string[] {
  return text.split(/^(?=\{)/m).filter((part) => part.trim() !== '');
}

/** Results of a branch, and the number of its other JSON files. */
export interface BranchResults {
  readonly entries: readonly HistoryEntry[];
  readonly others: number;
}

/**
 * The results among the `.json` files of a branch: `bench-results`, or below a folder of it `bench-results:results/main`.
 * Throws a usage error where there is no repository, no such branch or no result on it, and for a result that is not
 * whole.
 */
export async function readBranch(directory: string, place: string): Promise<BranchResults> {
  const [branch = '', folder = ''] = place.split(/:(.*)/s);
  const files = (await listBranch(directory, branch, folder.replace(/^\/+|\/+$/g, '')))?.filter(({ name }) => name.endsWith('.json'));
  if (files === undefined) {
    throw usageError(`there is no branch '${branch}'`, `Fetch it:  git fetch origin ${branch}:${branch}`);
  }
  const texts = await readBlobs(
    directory,
    files.map(({ id }) => id),
  );
  const results = files.flatMap(({ name }, i) => (saysItIsResult(texts[i]!) ? [{ name: `${branch}:${name}`, text: texts[i]! }] : []));
  if (results.length === 0) {
    const where = folder === '' ? '' : `in '${folder}' `;
    throw usageError(`there are no results ${where}on the branch '${branch}'`, 'Commit result files to it; they may lie in any folder.');
  }
  return {
    entries: results.map(({ name, text }) => ({ result: parseResultFile(text, name), commit: null })),
    others: files.length - results.length,
  };
}

/** Whether a JSON file of a branch is meant to be a result, even one that is not whole. */
function saysItIsResult(text: string): boolean {
  return /"kind":\s*"(?:run|compare)"/.test(text.slice(0, 200)) && text.includes('"schemaVersion"');
}

/** A result, and the commit that it is kept with where that is known from beside it. */
export interface HistoryEntry {
  readonly result: ResultFile;
  /** What a git note is attached to; it counts more than what the result says itself. */
  readonly commit: string | null;
}
