import { usageError, type BenchError } from './errors.ts';
import { normalQuantile, seededRandom, type Random } from './random.ts';
import { WORKLOAD_FORMAT, type WorkloadMessages, type WorkloadProfile, type WorkloadRow } from './workload.ts';

/*
 * From a profile to the groups of a run: how many there are, how large, and at which rate each. The same profile and
 * scale give the same. Sends and deliveries a second are those of the profile times the scale, exactly; members and
 * connections but for the rounding to whole ones.
 */

/** What a scale multiplies. Deliveries grow by it in each case, sends in all but `members`. */
export type WorkloadScaleBy = 'groups' | 'members' | 'rate';

export interface WorkloadScaling {
  readonly factor: number;
  readonly by: WorkloadScaleBy;
  /** Mean rate of a group, in place of the observed one; null for that. The groups keep their proportions. */
  readonly ratePerSecond: number | null;
}

/** One group: its members, and the messages to it. */
export interface WorkloadGroup {
  readonly members: number;
  readonly perSecond: number;
}

/** What a run is to reproduce. */
export interface WorkloadDemand {
  /** By row, and then by size. */
  readonly groups: readonly WorkloadGroup[];
  readonly connections: number;
  readonly joinsPerSecond: number;
  readonly dispersion: number;
  readonly messages: WorkloadMessages;
}

/** A profile of which everything is known that a run needs. */
interface KnownWorkload extends WorkloadProfile {
  readonly connections: number;
  readonly groups: readonly KnownRow[];
  readonly messages: WorkloadMessages;
  readonly dispersion: number;
  readonly joinsPerSecond: number;
}

interface KnownRow extends WorkloadRow {
  readonly sizes: readonly [number, number];
  readonly members: number;
  readonly sendsPerSecond: number;
}

/** What a run needs of a profile, and how to find it out where it is not known. */
const NEEDED: readonly { readonly what: string; readonly isKnown: (profile: WorkloadProfile) => boolean; readonly remedy: string }[] = [
  {
    what: 'the number of connections',
    isKnown: ({ connections }) => connections !== null,
    remedy: 'Write the number of your WebSockets as "connections".',
  },
  {
    what: 'the sizes of groups',
    isKnown: ({ groups }) => groups.every(({ sizes, members }) => sizes !== null && members !== null),
    remedy: 'Redis does not know the members of groups with pub/sub: observe from inside the application (`bench init observer`).',
  },
  {
    what: 'the rates of groups',
    isKnown: ({ groups }) => groups.every(({ sendsPerSecond }) => sendsPerSecond !== null),
    remedy: 'Observe with --listen (pub/sub) or --monitor (core), or from inside the application (`bench init observer`).',
  },
  {
    what: 'the sizes of messages',
    isKnown: ({ messages }) => messages !== null,
    remedy: 'Observe with --listen (pub/sub) or --monitor (core), or write "messages": { "at": [0.5], "bytes": [300], "mean": 300 }.',
  },
  {
    what: 'how sends are spread over time',
    isKnown: ({ dispersion }) => dispersion !== null,
    remedy: 'Observe for longer, or write "dispersion": 1 for sends at random.',
  },
  {
    what: 'how many connections join groups',
    isKnown: ({ joinsPerSecond }) => joinsPerSecond !== null,
    remedy: 'Write "joinsPerSecond": 0 to run without joins.',
  },
];

/** The demand of a profile at a scale. Throws a usage error for one that is not known well enough, or that sends nothing. */
export function workloadDemand(profile: WorkloadProfile, scaling: WorkloadScaling): WorkloadDemand {
  if (!isKnown(profile)) throw unknownError(profile);
  const { factor, by, ratePerSecond } = scaling;
  const groups = ROWS_AT_SCALE[by](profile.groups, factor).flatMap(groupsOfRow);
  const sendsPerSecond = sum(groups.map(({ perSecond }) => perSecond));
  const wantedPerSecond =
    ratePerSecond === null ? sum(profile.groups.map((row) => row.sendsPerSecond)) * SENDS_BY[by](factor) : ratePerSecond * groups.length;
  if (sendsPerSecond === 0)
    throw usageError('the workload profile sends nothing to groups, so there is nothing to measure', 'Observe while messages are sent.');
  const perSend = wantedPerSecond / sendsPerSecond;
  const growth = by === 'rate' ? 1 : factor;
  return {
    groups: groups.map(({ members, perSecond }) => ({ members, perSecond: perSecond * perSend })),
    connections: Math.round(profile.connections * growth),
    joinsPerSecond: profile.joinsPerSecond * growth,
    dispersion: profile.dispersion,
    messages: profile.messages,
  };
}

/** Mean rate of a group as it was observed; null where that is not known. */
export function observedRatePerSecond({ groups }: WorkloadProfile): number | null {
  const count = sum(groups.map((row) => row.groups));
  if (count === 0 || groups.some(({ sendsPerSecond }) => sendsPerSecond === null)) return null;
  return sum(groups.map(({ sendsPerSecond }) => sendsPerSecond ?? 0)) / count;
}

/** The same of a profile's text; null for a text that is none. A parameter of a scenario of the user may be of the same name. */
export function observedRateOf(text: string): number | null {
  if (!text.startsWith(`{"format":"${WORKLOAD_FORMAT}"`)) return null;
  const rate = observedRatePerSecond(JSON.parse(text) as WorkloadProfile);
  return rate === 0 ? null : rate;
}

function isKnown(profile: WorkloadProfile): profile is KnownWorkload {
  return NEEDED.every((needed) => needed.isKnown(profile));
}

function unknownError(profile: WorkloadProfile): BenchError {
  const unknown = NEEDED.filter((needed) => !needed.isKnown(profile));
  const whats = unknown.map(({ what }) => what).join(', ');
  return usageError(`the workload profile does not have ${whats}: nobody has seen them`, unknown.map(({ remedy }) => remedy).join('\n'));
}

/** A row at a scale; sends that its groups have together are `sendsPerSecond`. */
type ScaledRow = Pick<KnownRow, 'sizes' | 'groups' | 'members' | 'sendsPerSecond' | 'spread'>;

const SENDS_BY: Readonly<Record<WorkloadScaleBy, (factor: number) => number>> = {
  groups: (factor) => factor,
  members: () => 1,
  rate: (factor) => factor,
};

const ROWS_AT_SCALE: Readonly<Record<WorkloadScaleBy, (rows: readonly KnownRow[], factor: number) => readonly ScaledRow[]>> = {
  // A row keeps the mean size of its groups, so that its deliveries grow as its sends do.
  groups: (rows, factor) => {
    const counts = apportioned(rows.map(({ groups }) => groups * factor));
    return rows.map((row, i) => ({ ...row, groups: counts[i]!, members: Math.round((row.members / row.groups) * counts[i]!) }));
  },
  members: (rows, factor) => {
    const members = apportioned(rows.map((row) => row.members * factor));
    return rows.map((row, i) => ({ ...row, members: members[i]!, sizes: [row.sizes[0] * factor, row.sizes[1] * factor] }));
  },
  rate: (rows) => rows,
};

/** Whole numbers in place of others, with the sum of these, rounded: those with the largest remainders are rounded up. At least 1 in all. */
function apportioned(quotas: readonly number[]): readonly number[] {
  const floors = quotas.map(Math.floor);
  const total = Math.max(1, Math.round(sum(quotas)));
  const byRemainder = quotas.map((quota, i) => ({ i, remainder: quota - floors[i]! })).toSorted((a, b) => b.remainder - a.remainder);
  const raised = new Set(byRemainder.slice(0, total - sum(floors)).map(({ i }) => i));
  return floors.map((floor, i) => floor + (raised.has(i) ? 1 : 0));
}

function groupsOfRow(row: ScaledRow, index: number): readonly WorkloadGroup[] {
  const sizes = sizesOf(row);
  const rates = ratesOf(row, sizes, seededRandom(DEAL_SEED, index));
  return sizes.map((members, i) => ({ members, perSecond: rates[i]! }));
}

/** Of the shuffle that deals rates to groups. */
const DEAL_SEED = 21;

/** Sizes that are evenly spaced within the row, as far apart as their mean allows; together they are its members. */
function sizesOf({ sizes: [smallest, largest], groups, members }: ScaledRow): readonly number[] {
  const mean = members / groups;
  const reach = Math.max(0, Math.min(mean - smallest, largest - mean));
  let before = 0;
  let exact = 0;
  return Array.from({ length: groups }, (_, i) => {
    exact += mean + (groups === 1 ? 0 : reach * ((2 * i) / (groups - 1) - 1));
    // The sum of the exact sizes is rounded, not each of them: no error adds up.
    const size = Math.round(exact) - before;
    before += size;
    return size;
  });
}

/**
 * Rates that are quantiles of a log-normal distribution, dealt by a shuffle. They are tilted so that, weighted by them,
 * sizes have the mean that they have unweighted: a row's deliveries are its sends times that.
 */
function ratesOf({ groups, members, sendsPerSecond, spread }: ScaledRow, sizes: readonly number[], random: Random): readonly number[] {
  const logs = shuffled(
    Array.from({ length: groups }, (_, i) => spread * normalQuantile((i + 0.5) / groups)),
    random,
  );
  const tilt = tiltOf(logs, sizes, members / groups);
  const weights = weightsOf(logs, sizes, members / groups, tilt);
  const total = sum(weights);
  return weights.map((weight) => (sendsPerSecond * weight) / total);
}

/** By bisection: the weighted mean of sizes grows with the tilt. */
function tiltOf(logs: readonly number[], sizes: readonly number[], mean: number): number {
  const excess = (tilt: number): number => {
    const weights = weightsOf(logs, sizes, mean, tilt);
    return sum(weights.map((weight, i) => weight * (sizes[i]! - mean)));
  };
  if (sizes.every((size) => size === sizes[0])) return 0;
  let [low, high] = [-1, 1];
  while (excess(low) > 0) low *= 2;
  while (excess(high) < 0) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** The largest is 1: whatever the spread, none overflows. */
function weightsOf(logs: readonly number[], sizes: readonly number[], mean: number, tilt: number): readonly number[] {
  const tilted = logs.map((log, i) => log + tilt * (sizes[i]! / Math.max(1, mean) - 1));
  const largest = tilted.reduce((most, log) => Math.max(most, log), -Infinity);
  return tilted.map((log) => Math.exp(log - largest));
}

/** Fisher and Yates. */
function shuffled(values: readonly number[], random: Random): readonly number[] {
  const deck = [...values];
  for (let last = deck.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [deck[last], deck[other]] = [deck[other]!, deck[last]!];
  }
  return deck;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
