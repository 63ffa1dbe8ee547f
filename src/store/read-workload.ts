import { usageError } from '../model/errors.ts';
import { WORKLOAD_FORMAT, workloadProblem, type WorkloadProfile } from '../model/workload.ts';
import { parseDocument, readDocumentText } from './read-document.ts';
import { schemaProblem, validatorOf } from './schemas.ts';

const MADE_BY = 'Give a workload profile (layerbench-workload/1); workload.schema.json describes its form.';
const DOCUMENT = { what: 'workload profile', remedy: MADE_BY };

/**
 * Reads a workload profile: all of it, checked against the shipped schema, and for numbers that contradict each other.
 * Throws a usage error that names the file, the place in it and the problem there.
 */
export async function readWorkload(path: string): Promise<WorkloadProfile> {
  return parseWorkload(await readDocumentText(path, DOCUMENT), path);
}

/** Whether a file says of itself that it is a workload profile, of any version. */
export async function holdsWorkload(path: string): Promise<boolean> {
  const text = await readDocumentText(path, DOCUMENT).catch(() => '');
  return /^\s*\{[^{}[\]]{0,200}"format"\s*:\s*"layerbench-workload\//.test(text);
}

/** The text of a profile → the profile; `name` is its name in errors. */
export function parseWorkload(text: string, name: string): WorkloadProfile {
  const value = parseDocument(text, name, DOCUMENT);
  if (!isObject(value)) throw usageError(`'${name}' is no workload profile: it holds no object`, MADE_BY);
  refuseOthers(value, name);
  const validate = validatorOf<WorkloadProfile>('workload.schema.json', 'WorkloadProfile');
  if (!validate(value)) throw usageError(`'${name}' is no valid workload profile: ${schemaProblem(validate.errors)}`, MADE_BY);
  const problem = workloadProblem(value);
  if (problem !== null)
    throw usageError(`'${name}' contradicts itself: at ${problem}`, 'Correct the number, or observe the deployment again.');
  return value;
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
