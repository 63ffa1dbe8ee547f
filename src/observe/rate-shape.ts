/*
 * How rates of groups depend on their sizes. No counter shows the rate of a group. A group's rate is taken as proportional to a power of its
 * size, and the power is the one that fits what was counted: deliveries per send, or queue entries per send.
 */

export interface SizedGroup {
  readonly members: number;
  readonly queues: number;
}

const STEEPEST = 4;
const STEPS = 60;
/** Where all groups reach about as many queues, entries per send fit any power. */
const LEAST_RANGE = 0.05;

/** Mean of a value over sends, where a group of s members has the weight s^power. */
export function meanPerSend<G extends SizedGroup>(groups: readonly G[], power: number, valueOf: (group: G) => number): number {
  let weights = 0;
  let sum = 0;
  for (const group of groups) {
    if (group.members === 0) continue;
    const weight = group.members ** power;
    weights += weight;
    sum += weight * valueOf(group);
  }
  return weights === 0 ? 0 : sum / weights;
}

/** The power at which groups have this many members per send; null where no power between -4 and 4 does, or every one. */
export function powerByMembers(groups: readonly SizedGroup[], membersPerSend: number): number | null {
  return powerWhere(groups, ({ members }) => members, membersPerSend);
}

/** The power at which a send reaches this many queues. */
export function powerByQueues(groups: readonly SizedGroup[], queuesPerSend: number): number | null {
  return powerWhere(groups, ({ queues }) => queues, queuesPerSend);
}

function powerWhere(groups: readonly SizedGroup[], valueOf: (group: SizedGroup) => number, wanted: number): number | null {
  const at = (power: number): number => meanPerSend(groups, power, valueOf);
  const [least, most] = [at(-STEEPEST), at(STEEPEST)];
  if (most - least < LEAST_RANGE * most) {
    // One size: how rates depend on it makes no difference.
    return groups.length > 0 && groups.every(({ members }) => members === groups[0]!.members) ? 0 : null;
  }
  if (wanted < least || wanted > most) return null;
  let [low, high] = [-STEEPEST, STEEPEST];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (at(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
