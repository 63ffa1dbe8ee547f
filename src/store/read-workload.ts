import { readFailure, usageError } from '../model/errors.ts';
import { WORKLOAD_FORMAT, workloadProblem, type WorkloadProfile } from '../model/workload.ts';
import { readText } from '../platform/read-text.ts';
import { schemaProblem, validatorOf } from './schemas.ts';

/** A profile has 4 kB at the most, but for spaces. */
const MAX_BYTES = 64 * 1024;
const MADE_BY = 'Give a workload profile (layerbench-workload/1); workload.schema.json describes its form.';

/**
 * Reads a workload profile: all of it, checked against the shipped schema, and for numbers that contradict each other.
 * Throws a usage error that names the file, the place in it and the problem there.
 */
export async function readWorkload(path: string): Promise<WorkloadProfile> {
  const text = await readText(path, MAX_BYTES).catch((error: unknown) => {
    throw usageError(`cannot read the workload profile '${path}': ${readFailure(error)}`, MADE_BY, { cause: error });
  });
  return parseWorkload(text, path);
}

/** The text of a profile → the profile; `name` is its name in errors. */
export function parseWorkload(text: string, name: string): WorkloadProfile {
  const value = parseJson(text, name);
  if (!isObject(value)) throw usageError(`'${name}' is no workload profile: it holds no object`, MADE_BY);
  refuseOthers(value, name);
  const validate = validatorOf<WorkloadProfile>('workload.schema.json', 'WorkloadProfile');
  if (!validate(value)) throw usageError(`'${name}' is no valid workload profile: ${schemaProblem(validate.errors)}`, MADE_BY);
  const problem = workloadProblem(value);
  if (problem !== null)
    throw usageError(`'${name}' contradicts itself: at ${problem}`, 'Correct the number, or observe the deployment again.');
  return value;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message has a piece of the text in it, which may be that of any file.
    throw usageError(`'${name}' is not a whole JSON document`, MADE_BY, { cause: error });
  }
}

/** Names plainly a file of another kind or version, where the schema would only name a constant. */
function refuseOthers({ format, schemaVersion }: { readonly format?: unknown; readonly schemaVersion?: unknown }, name: string): void {
  if (typeof schemaVersion === 'number') throw usageError(`'${name}' is a result file, not a workload profile`, MADE_BY);
  const [, version] = typeof format === 'string' ? (/^layerbench-workload\/(\d{1,6})$/.exec(format) ?? []) : [];
  if (version !== undefined && format !== WORKLOAD_FORMAT)
    throw usageError(
      `'${name}' has version ${version} of the workload profile; this bench reads version 1`,
      'Read it with the version of bench that wrote it.',
    );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
