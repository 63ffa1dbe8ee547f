import type { LiveGroup } from './live-groups.ts';
import type { ObservedRow } from './observation.ts';

/** A profile holds so many rows: groups of more than 8 million members share the last. */
const MOST_ROWS = 24;

/**
 * Groups → a row for each octave of size. `factor` scales a sample to all groups; `power`: a group of s members has a rate
 * proportional to s^power, null for unknown.
 */
export function groupRows(
  groups: readonly LiveGroup[],
  factor: number,
  sendsPerSecond: number | null,
  power: number | null,
): readonly ObservedRow[] {
  const octaves = new Map<number, number[]>();
  for (const { members } of groups) {
    if (members === 0) continue;
    const octave = Math.min(MOST_ROWS - 1, Math.floor(Math.log2(members)));
    octaves.set(octave, [...(octaves.get(octave) ?? []), members]);
  }
  const weightOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size ** (power ?? 0), 0);
  const all = groups.reduce((sum, { members }) => sum + (members === 0 ? 0 : members ** (power ?? 0)), 0);
  return [...octaves]
    .toSorted(([a], [b]) => a - b)
    .map(([, sizes]) => {
      const count = Math.max(1, Math.round(sizes.length * factor));
      const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
      const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
      return {
        sizes: [smallest, largest],
        groups: count,
        members: Math.max(count * smallest, Math.min(count * largest, Math.round(mean * count))),
        sendsPerSecond: power === null || sendsPerSecond === null ? null : (sendsPerSecond * weightOf(sizes)) / all,
      };
    });
}
