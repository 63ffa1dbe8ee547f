import { readFile } from 'node:fs/promises';

/** One fault that the faulty layer has done, as its log says. */
export interface PlantedFault {
  readonly kind: string;
  /** Time that it took, for a fault that takes some. */
  readonly ns: number;
}

/** The log of the faulty layer; it is there only when it has done something. */
export async function readPlanted(file: string): Promise<readonly PlantedFault[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PlantedFault);
}

export function countOf(log: readonly PlantedFault[], kind: string): number {
  return log.filter((entry) => entry.kind === kind).length;
}
