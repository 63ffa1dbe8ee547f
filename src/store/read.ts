import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { messageOf, usageError } from '../core/errors.ts';
import type { RunResult } from '../core/result.ts';
import { PACKAGE_ROOT } from '../observe/package-root.ts';

const MADE_BY = 'Give a result file that bench run wrote.';

let compiled: ValidateFunction<RunResult> | undefined;

/**
 * Reads a result file: all of it, checked against the shipped schema.
 * Throws a usage error that names the file, the place in it and what is wrong there.
 */
export async function readResult(path: string): Promise<RunResult> {
  return parseResult(await readText(path), path);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(`cannot read the result file '${path}': ${messageOf(error)}`, MADE_BY, { cause: error });
  }
}

/** The content of a result file → the result; `name` says in errors where it came from. */
export function parseResult(text: string, name: string): RunResult {
  const value = parseJson(text, name);
  refuseOtherKinds(value, name);
  compiled ??= compileSchema();
  if (compiled(value)) return value;
  const [error] = compiled.errors ?? [];
  const place = error === undefined || error.instancePath === '' ? 'its top level' : error.instancePath;
  throw usageError(`'${name}' is not a valid result: at ${place}: ${describe(error)}`, MADE_BY);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageError(`'${name}' is not a whole JSON document: ${messageOf(error)}`, MADE_BY, { cause: error });
  }
}

/** Says plainly what a file of another version or kind is, where the schema would only name a constant. */
function refuseOtherKinds(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null) throw usageError(`'${name}' is not a result: it holds no object`, MADE_BY);
  const { schemaVersion, kind } = value as { readonly schemaVersion?: unknown; readonly kind?: unknown };
  if (typeof schemaVersion === 'number' && schemaVersion !== 1) {
    throw usageError(
      `'${name}' has schema version ${schemaVersion}; this bench reads version 1`,
      'Read it with the version of bench that wrote it.',
    );
  }
  if (typeof kind === 'string' && kind !== 'run') throw usageError(`'${name}' is of kind '${kind}', not a run`, MADE_BY);
}

function compileSchema(): ValidateFunction<RunResult> {
  const schema: unknown = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'result.schema.json'), 'utf8'));
  return new Ajv({ allowUnionTypes: true }).compile<RunResult>(schema as object);
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'unknown error';
  switch (error.keyword) {
    case 'additionalProperties':
      return `the key '${String(error.params['additionalProperty'])}' is not known`;
    case 'required':
      return `the key '${String(error.params['missingProperty'])}' is missing`;
    case 'enum':
      return `it is none of ${JSON.stringify(error.params['allowedValues'])}`;
    default:
      return error.message ?? error.keyword;
  }
}
