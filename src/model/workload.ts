import type { LayerName } from './layers.ts';

/*
 * The workload of a deployment, as numbers. A profile holds no names, hashes, hosts or times of day: it is anonymous by
 * construction. A number that nobody could see is null, never a guess.
 */

/** The format that this bench writes and reads. */
export const WORKLOAD_FORMAT = 'layerbench-workload/1';

/** Where a profile's numbers come from: Redis alone, a subscription to its groups, its monitor, or the observer inside the application. */
export type WorkloadSource = 'redis' | 'listen' | 'monitor' | 'observer';

/** How a number was found: counted exactly, reckoned from counted ones, from a sample, or assumed. */
export type WorkloadBasis = 'counted' | 'reckoned' | 'sampled' | 'assumed';

/** Groups of about one size. Rows are in order of size. */
export interface WorkloadRow {
  /** The smallest and the largest group of the row, in members; null where not seen. */
  readonly sizes: readonly [WorkloadCount, WorkloadCount] | null;
  /**
   * Groups in the row.
   * @minimum 1
   * @asType integer
   */
  readonly groups: number;
  /** Members of all its groups together; null where not seen. */
  readonly members: WorkloadCount | null;
  /** Sends to all its groups together; null where not seen. */
  readonly sendsPerSecond: WorkloadNumber | null;
  /** Standard deviation of the natural logarithm of a group's rate; 0 where its groups send alike. */
  readonly spread: WorkloadNumber;
}

/** Sizes of messages, in serialised bytes, as quantiles. */
export interface WorkloadMessages {
  /**
   * Shares of the messages, from 0 to 1, ascending.
   * @minItems 1
   * @maxItems 24
   */
  readonly at: readonly WorkloadNumber[];
  /**
   * The size that so large a share of the messages does not exceed; as many as there are shares, ascending.
   * @minItems 1
   * @maxItems 24
   */
  readonly bytes: readonly WorkloadNumber[];
  /** Mean size of a message, in bytes. */
  readonly mean: WorkloadNumber;
}

/** Settings of the layer, under the names that Django's CONFIG gives them, in messages and seconds; absent where not seen. */
export interface WorkloadOptions {
  readonly capacity?: WorkloadCount;
  readonly expiry?: WorkloadNumber;
  readonly group_expiry?: WorkloadNumber;
}

/** The workload of a live deployment: who is connected, in groups of which sizes, and what is sent to them. */
export interface WorkloadProfile {
  readonly format: 'layerbench-workload/1';
  /** What was read, of which layer (null: another than bench knows), and for how many seconds. */
  readonly observed: {
    /** @minItems 1 */
    readonly from: readonly WorkloadSource[];
    readonly layer: LayerName | null;
    readonly seconds: WorkloadNumber;
  };
  /** Server processes that were alive; null where not seen. */
  readonly processes: WorkloadCount | null;
  /** Client connections; null where not seen. */
  readonly connections: WorkloadCount | null;
  /** Memberships of connections in groups; null where not seen. */
  readonly memberships: WorkloadCount | null;
  /**
   * The joint distribution of the sizes and the rates of groups: a row for each octave of size.
   * @maxItems 24
   */
  readonly groups: readonly WorkloadRow[];
  /** null where not seen. */
  readonly messages: WorkloadMessages | null;
  /** Variance of the sends of a second ÷ their mean: 1 where they arrive at random (Poisson); null where not seen. */
  readonly dispersion: WorkloadNumber | null;
  /** Joins of groups, by all connections together; null where not seen. */
  readonly joinsPerSecond: WorkloadNumber | null;
  /** Departures from groups, likewise. */
  readonly leavesPerSecond: WorkloadNumber | null;
  /** Messages to single channels; null where they cannot be told from sends to groups. */
  readonly directSendsPerSecond: WorkloadNumber | null;
  readonly options: WorkloadOptions;
  /** How the sends, the deliveries and the sizes of messages were found; null where they were not. */
  readonly basis: {
    readonly sendsPerSecond: WorkloadBasis | null;
    readonly deliveriesPerSecond: WorkloadBasis | null;
    readonly messages: WorkloadBasis | null;
  };
}

/**
 * A whole number from 0.
 * @asType integer
 * @minimum 0
 * @maximum 10000000
 */
export type WorkloadCount = number;

/**
 * A number from 0.
 * @minimum 0
 * @maximum 1000000000
 */
export type WorkloadNumber = number;

/** Why a profile that has the right form cannot be true, as a place and a sentence; null where it can. */
export function workloadProblem({ groups, messages, memberships }: WorkloadProfile): string | null {
  for (const [index, row] of groups.entries()) {
    const problem = rowProblem(row);
    if (problem !== null) return `/groups/${index}: ${problem}`;
  }
  const members = sumOf(groups.map((row) => row.members));
  if (members !== null && memberships !== null && members !== memberships)
    return `/memberships: it is ${memberships}, and the rows of groups have ${members} members`;
  const problem = messages === null ? null : messagesProblem(messages);
  return problem === null ? null : `/messages: ${problem}`;
}

function rowProblem({ sizes, groups, members }: WorkloadRow): string | null {
  if (sizes === null) return null;
  const [smallest, largest] = sizes;
  if (smallest > largest) return `its smallest size, ${smallest}, is above its largest, ${largest}`;
  if (members !== null && (members < groups * smallest || members > groups * largest))
    return `${groups} groups of ${smallest} to ${largest} members do not have ${members} members together`;
  return null;
}

function messagesProblem({ at, bytes, mean }: WorkloadMessages): string | null {
  if (at.length !== bytes.length) return `it has ${at.length} shares, and ${bytes.length} sizes`;
  if (at.some((share, i) => share > 1 || share <= (at[i - 1] ?? -1))) return 'its shares do not ascend from 0 to 1';
  if (bytes.some((size, i) => size < (bytes[i - 1] ?? 0))) return 'its sizes do not ascend';
  const isNothing = bytes.every((size) => size === 0);
  return isNothing === (mean === 0) ? null : 'either its mean is 0 or its sizes are, and the other is not';
}

/** null where any of them is not known. */
function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

/**
 * A profile as one text, whatever the order of its keys and its spaces were: the text that results keep, and by which
 * they are compared.
 */
export function canonicalWorkload(profile: WorkloadProfile): string {
  const { observed, groups, messages, options, basis } = profile;
  return JSON.stringify({
    format: profile.format,
    observed: { from: observed.from, layer: observed.layer, seconds: observed.seconds },
    processes: profile.processes,
    connections: profile.connections,
    memberships: profile.memberships,
    groups: groups.map(({ sizes, groups: count, members, sendsPerSecond, spread }) => ({
      sizes,
      groups: count,
      members,
      sendsPerSecond,
      spread,
    })),
    messages: messages === null ? null : { at: messages.at, bytes: messages.bytes, mean: messages.mean },
    dispersion: profile.dispersion,
    joinsPerSecond: profile.joinsPerSecond,
    leavesPerSecond: profile.leavesPerSecond,
    directSendsPerSecond: profile.directSendsPerSecond,
    options: { capacity: options.capacity, expiry: options.expiry, group_expiry: options.group_expiry },
    basis: { sendsPerSecond: basis.sendsPerSecond, deliveriesPerSecond: basis.deliveriesPerSecond, messages: basis.messages },
  } satisfies Record<keyof WorkloadProfile, unknown>);
}
