import type { GroupReading, GroupsSnapshot } from './groups.ts';
import { NORMAL_95, observed, type ObservedFigure } from './observed-figure.ts';

/* Groups without the members of processes that have ended: those are no demand. */

export interface LiveGroup {
  readonly members: number;
  readonly queues: number;
}

/** What is alive in a snapshot. Where the groups are a sample, `groups` has the sample and `factor` scales it. */
export interface LiveGroups {
  readonly groups: readonly LiveGroup[];
  readonly factor: number;
  readonly figures: Readonly<
    Record<'processes' | 'connections' | 'groups' | 'memberships' | 'groupSizeP50' | 'groupSizeP90' | 'groupSizeMax', ObservedFigure>
  >;
}

/** A SCAN goes through a few keys more or less than it was asked to. */
const SEARCHED_ERROR_RATIO = 0.02;

/** `dead`: indices of watched processes that have ended. */
export function liveGroups(snapshot: GroupsSnapshot, dead: ReadonlySet<number>): LiveGroups {
  const groups = snapshot.groups.map((group) => withoutDead(group, dead)).filter(({ members }) => members > 0);
  const read = Math.max(1, snapshot.groups.length);
  const { groupsFound, scannedRatio } = snapshot;
  const allGroups = groupsFound / scannedRatio;
  const factor = snapshot.groups.length === 0 ? 0 : allGroups / read;
  const isWhole = scannedRatio === 1 && groupsFound <= snapshot.groups.length;
  const scanError =
    scannedRatio === 1
      ? 0
      : SEARCHED_ERROR_RATIO * allGroups + (NORMAL_95 * Math.sqrt(Math.max(1, groupsFound) * (1 - scannedRatio))) / scannedRatio;
  const sizes = groups.map(({ members }) => members).toSorted((a, b) => a - b);
  const members = sizes.reduce((sum, size) => sum + size, 0);
  const error = isWhole ? 0 : NORMAL_95 * factor * Math.sqrt(read * (variance(sizes) + (members / read) ** 2 * (scannedRatio < 1 ? 1 : 0)));
  const basis = isWhole ? 'counted' : 'sampled';
  const around = (value: number, margin: number): ObservedFigure => observed(value, basis, Math.max(0, value - margin), value + margin);
  const deadConnections = [...dead].reduce((sum, index) => sum + (snapshot.connections.byProcess.get(index) ?? 0), 0);
  const connections = Math.round(snapshot.connections.count - deadConnections);
  return {
    groups,
    factor,
    figures: {
      processes: countFigure(snapshot.processes.count - dead.size, snapshot.processes.errorRatio, isWhole),
      // In a sample of groups, who is in the others is not known: at least those that were seen, at most one for each membership.
      connections: isWhole
        ? countFigure(connections, snapshot.connections.errorRatio, true)
        : observed(connections, 'sampled', connections, Math.max(connections, Math.round(factor * members + error))),
      groups:
        scannedRatio === 1 && snapshot.groupsErrorRatio === 0
          ? observed(Math.round((allGroups * groups.length) / read), 'counted')
          : around(Math.round(allGroups), scanError + NORMAL_95 * snapshot.groupsErrorRatio * allGroups),
      memberships: around(Math.round(factor * members), error),
      groupSizeP50: quantileFigure(sizes, 0.5, isWhole),
      groupSizeP90: quantileFigure(sizes, 0.9, isWhole),
      groupSizeMax: isWhole ? observed(sizes.at(-1) ?? 0, 'counted') : observed(sizes.at(-1) ?? 0, 'sampled', sizes.at(-1) ?? 0, Infinity),
    },
  };
}

/** One group without the members of ended processes. */
export function withoutDead({ members, queues, byProcess }: GroupReading, dead: ReadonlySet<number>): LiveGroup {
  let [left, reached] = [members, queues];
  for (const index of dead) {
    const gone = byProcess.get(index);
    if (gone === undefined) continue;
    left -= gone;
    reached -= 1;
  }
  return { members: Math.max(0, left), queues: Math.max(0, reached) };
}

function countFigure(count: number, errorRatio: number, isWhole: boolean): ObservedFigure {
  const margin = NORMAL_95 * errorRatio * count;
  const rounded = Math.round(count);
  return observed(rounded, isWhole && errorRatio === 0 ? 'counted' : 'sampled', rounded - margin, rounded + margin);
}

/** Its interval is that of the order statistics around it (Hahn, Meeker, Statistical Intervals, 1991). */
function quantileFigure(sizes: readonly number[], share: number, isWhole: boolean): ObservedFigure {
  if (sizes.length === 0) return observed(0, isWhole ? 'counted' : 'sampled');
  const at = (rank: number): number => sizes[Math.max(0, Math.min(sizes.length - 1, Math.ceil(rank) - 1))]!;
  const rank = share * sizes.length;
  if (isWhole) return observed(at(rank), 'counted');
  const margin = NORMAL_95 * Math.sqrt(sizes.length * share * (1 - share));
  return observed(at(rank), 'sampled', at(rank - margin), at(rank + margin + 1));
}

function variance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
