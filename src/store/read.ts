import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withCensoring } from '../result/censoring-of-stored.ts';
import { NO_LOSS } from '../model/causes.ts';
import { readFailure, usageError } from '../model/errors.ts';
import type { ResultFile } from '../result/result-kinds.ts';
import type { RunResult } from '../result/run-result.ts';
import { readText } from '../platform/read-text.ts';
import { schemaProblem, validatorOf } from './schemas.ts';
import { isFolder } from './write.ts';

/** The largest of our results are some MB. */
const MAX_BYTES = 512 * 1024 * 1024;
const MADE_BY = 'Give a result file that bench run wrote.';
const DEFINITIONS: Readonly<Record<ResultFile['kind'], string>> = {
  run: 'RunResult',
  compare: 'CompareResult',
  capacity: 'CapacityResult',
  plan: 'DeploymentPlan',
};

/** A result and the file that it was read from. */
export interface StoredResult {
  readonly path: string;
  readonly result: ResultFile;
}

/**
 * Reads files and folders, in the order given; of a folder all `.json` files directly in it, by name, which is by time, but
 * for whole documents of other programs. Throws a usage error for a path that is not there, a folder without results, and whatever `readResultFile` refuses.
 */
export async function readResultFiles(paths: readonly string[]): Promise<readonly StoredResult[]> {
  const found: StoredResult[] = [];
  for (const path of paths) {
    if (await isFolder(path)) found.push(...(await readFolder(path)));
    else found.push({ path, result: await readResultFile(path) });
  }
  return found;
}

async function readFolder(folder: string): Promise<readonly StoredResult[]> {
  const found: StoredResult[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    const path = join(folder, name);
    if (!name.endsWith('.json')) continue;
    const value = parseJson(await readResultText(path), path);
    if (isOfBench(value)) found.push({ path, result: checked(value, path) });
  }
  if (found.length === 0) throw usageError(`the folder '${folder}' has no result files in it`, MADE_BY);
  return found;
}

/** Whether a JSON document is one that bench has written, of any kind and version. */
function isOfBench(value: unknown): boolean {
  return typeof (value as { readonly schemaVersion?: unknown } | null)?.schemaVersion === 'number';
}

/**
 * Reads a result file: all of it, checked against the shipped schema.
 * Throws a usage error that names the file, the place in it and what is wrong there.
 */
export async function readResult(path: string): Promise<RunResult> {
  const result = await readResultFile(path);
  if (result.kind === 'run') return result;
  throw usageError(`'${path}' is of kind '${result.kind}', not a run`, MADE_BY);
}

/** Reads a result of any kind; otherwise as `readResult`. */
export async function readResultFile(path: string): Promise<ResultFile> {
  return parseResultFile(await readResultText(path), path);
}

/** Whether a file holds what bench has measured, of any kind and version, whole or as lines. */
export async function holdsResult(path: string): Promise<boolean> {
  const text = await readText(path, MAX_BYTES).catch(() => '');
  return [text, text.slice(0, text.indexOf('\n') + 1)].some((part) => {
    try {
      return isOfBench(JSON.parse(part));
    } catch {
      return false;
    }
  });
}

async function readResultText(path: string): Promise<string> {
  try {
    return await readText(path, MAX_BYTES);
  } catch (error) {
    throw usageError(`cannot read the result file '${path}': ${readFailure(error)}`, MADE_BY, { cause: error });
  }
}

/** The content of a result file → the result; `name` says in errors where it came from. */
export function parseResultFile(text: string, name: string): ResultFile {
  return checked(parseJson(text, name), name);
}

function checked(found: unknown, name: string): ResultFile {
  const validate = validatorOf<ResultFile>('result.schema.json', DEFINITIONS[kindOf(found, name)]);
  const value = withAllCauses(found);
  if (validate(value)) return value.kind === 'run' ? withCensoring(value) : value;
  throw usageError(`'${name}' is not a valid result: ${schemaProblem(validate.errors)}`, MADE_BY);
}

/** A result of before a cause of loss was known has lost nothing by it: those that it has add up. */
function withAllCauses(value: unknown): unknown {
  const { ledger } = value as { readonly ledger?: { readonly lost?: unknown; readonly lostTotal?: unknown } | null };
  const lost = ledger?.lost;
  if (typeof lost !== 'object' || lost === null || Array.isArray(lost)) return value;
  const isWhole = Object.values(lost).reduce((sum, count) => sum + Number(count), 0) === ledger?.lostTotal;
  return isWhole ? { ...(value as object), ledger: { ...ledger, lost: { ...NO_LOSS, ...lost } } } : value;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message has a piece of the text in it, which may be that of any file.
    throw usageError(`'${name}' is not a whole JSON document`, MADE_BY, { cause: error });
  }
}

/** The kind that a file says it is. Says plainly what one of another version or kind is, where the schema would only name a constant. */
function kindOf(value: unknown, name: string): ResultFile['kind'] {
  if (typeof value !== 'object' || value === null) throw usageError(`'${name}' is not a result: it holds no object`, MADE_BY);
  const { schemaVersion, kind } = value as { readonly schemaVersion?: unknown; readonly kind?: unknown };
  if (typeof schemaVersion === 'number' && schemaVersion !== 1) {
    throw usageError(
      `'${name}' has schema version ${schemaVersion}; this bench reads version 1`,
      'Read it with the version of bench that wrote it.',
    );
  }
  if (typeof kind === 'string' && Object.hasOwn(DEFINITIONS, kind)) return kind as ResultFile['kind'];
  if (typeof kind === 'string') throw usageError(`'${name}' is of kind '${kind}', which this bench does not read`, MADE_BY);
  return 'run';
}
