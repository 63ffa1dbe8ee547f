import type { CapacityResult } from '../src/result/capacity-result.ts';
import type { ResultFile } from '../src/result/result-kinds.ts';
import { sampleCapacity, sampleSearch } from './sample-results.ts';

/* Results whose texts are of a test's choice. */

/** With a text in every place of a plan or a capacity that has one, but for names that mean something. */
export function withTexts<T extends ResultFile>(result: T, text: string): T {
  const [texts, lists] = [
    new Set(['detail', 'evidence', 'breaksFirst', 'source', 'command']),
    new Set(['reasons', 'warnings', 'objections']),
  ];
  return JSON.parse(JSON.stringify(result), (key, value: unknown) => {
    if (texts.has(key) || (key === 'name' && String(value).includes('/')) || (key === 'value' && typeof value === 'string')) return text;
    if (lists.has(key)) return [text];
    return key === 'slo' ? [...(value as readonly string[]), text] : value;
  }) as T;
}

/** A search of the sample, with a text for every name and reason. */
export function capacityNamed(name: string): CapacityResult {
  const capacity = withTexts(sampleCapacity(), name);
  const points = capacity.points.map((point) => ({ ...point, layer: { ...point.layer, name }, searches: [sampleSearch()] }));
  return { ...capacity, scenario: { ...capacity.scenario, name }, points };
}
