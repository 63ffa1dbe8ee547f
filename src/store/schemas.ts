import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { PACKAGE_ROOT } from '../platform/package-root.ts';

/** The schemas that bench ships, each the name of its file. */
export type SchemaFile = 'result.schema.json' | 'workload.schema.json';

const compilers = new Map<SchemaFile, Ajv>();

/** What checks a value against a definition of a shipped schema. A schema is read once. */
export function validatorOf<T>(file: SchemaFile, definition: string): ValidateFunction<T> {
  const compiler = compilers.get(file) ?? compilerOf(file);
  compilers.set(file, compiler);
  return compiler.getSchema<T>(`${file}#/definitions/${definition}`)!;
}

function compilerOf(file: SchemaFile): Ajv {
  // Most commands read a few files: what is compiled quickly matters more to them than what then runs a little faster.
  return new Ajv({
    allowUnionTypes: true,
    inlineRefs: false,
    meta: false,
    validateSchema: false,
    code: { optimize: false },
    schemas: { [file]: JSON.parse(readFileSync(join(PACKAGE_ROOT, file), 'utf8')) as object },
  });
}

/** What a validator found wrong: the place, and the problem there. */
export function schemaProblem(errors: readonly ErrorObject[] | null | undefined): string {
  const [error] = errors ?? [];
  const place = error === undefined || error.instancePath === '' ? 'its top level' : error.instancePath;
  return `at ${place}: ${describe(error)}`;
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
