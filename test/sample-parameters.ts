import { defaultValues, type FileContent, type ParameterValue } from '../src/model/parameters.ts';
import type { AnyScenario } from '../src/model/scenario.ts';
import { canonicalWorkload } from '../src/model/workload.ts';
import { sampleWorkload } from './sample-workload.ts';

const FILES: Readonly<Record<FileContent, string>> = { json: '{}', workload: canonicalWorkload(sampleWorkload()) };

/** The defaults of a scenario's parameters; files, which have none, are samples. */
export function sampleParameters({ parameters }: AnyScenario): Readonly<Record<string, ParameterValue>> {
  const files = Object.entries(parameters).flatMap(([name, spec]) => (spec.kind === 'file' ? [[name, FILES[spec.holds]] as const] : []));
  return { ...defaultValues(parameters), ...Object.fromEntries(files) };
}
