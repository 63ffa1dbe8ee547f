import { byteBalance, type Balance } from './byte-balance.ts';
import { coreTraffic, type CoreTraffic } from './core-traffic.ts';
import { ratesOf, type CounterRates } from './counters.ts';
import { dispersionFigure, levelOf } from './dispersion.ts';
import { findingsOf, NEAR_EXPIRY_RATIO, type FindingInput } from './findings.ts';
import { groupRows } from './group-rows.ts';
import type { GroupReading, GroupsSnapshot } from './groups.ts';
import { liveGroups, withoutDead, type LiveGroups } from './live-groups.ts';
import type { Observation, ObservedOptions, ServerReadings } from './observation.ts';
import { observed, withdrawn, type ObservedFigure } from './observed-figure.ts';
import type { QueueWatch } from './queue-watch.ts';
import { meanPerSend, powerByMembers, powerByQueues } from './rate-shape.ts';

/** All that was read of a core layer. */
export interface CoreReadings {
  readonly servers: readonly ServerReadings[];
  readonly snapshot: GroupsSnapshot;
  /** By the index of a process. */
  readonly queues: readonly QueueWatch[];
  /** What a configuration says. */
  readonly configured: ObservedOptions;
  readonly isInterrupted: boolean;
}

/** A queue's last entries are on their way when it is read. */
const CUT_ENTRIES = 8;
/** A process that reads so much is rarely seen to wait, and several of them rarely at once. */
const BUSY_PER_SECOND = 50;
const MIN_LOOKS = 5;
/** Where the power of sizes is fitted to entries per send, the estimate is off by -27 % to +8 %. */
const FITTED_LOW = 1 / 1.08;
const FITTED_HIGH = 1 / 0.73;

/** Readings → figures and findings. */
export function observeCore(readings: CoreReadings): Observation {
  const { servers, snapshot, queues, configured } = readings;
  const rates = ratesOf(servers.map(({ totals }) => totals));
  const traffic = coreTraffic(rates);
  const dead = new Set(queues.flatMap((queue, index) => (queue.state === 'unread' ? [index] : [])));
  const live = liveGroups(snapshot, dead);
  const growthPerSecond = queues.reduce((sum, queue) => sum + queue.growthPerSecond, 0);
  const lostPerSecond = beyondCut(traffic.entriesTried - traffic.entriesRead - growthPerSecond, rates);
  const deliveries = deliveriesOf(rates, traffic, snapshot, dead, lostPerSecond);
  const standing = standingQueues(queues, lostPerSecond);
  const options: ObservedOptions = {
    ...(standing === null ? {} : { capacity: standing.depth }),
    ...(snapshot.groupExpirySeconds === null ? {} : { group_expiry: snapshot.groupExpirySeconds }),
    ...configured,
  };
  const events = servers.map(({ intervals }) => intervals.map(({ seconds, groupSends }) => ({ seconds, events: groupSends })));
  const dispersion = dispersionFigure(events);
  const findingInput = findingInputOf(readings, { rates, traffic, live, dead, lostPerSecond, standing, options });
  return {
    layer: 'redis',
    seconds: rates.seconds,
    servers: servers.length,
    isInterrupted: readings.isInterrupted,
    figures: {
      ...live.figures,
      sendsPerSecond: levelOf(traffic.groupSends, rates.seconds, dispersion.value),
      deliveriesPerSecond: deliveries.figure,
      messageBytes: deliveries.messageBytes,
      entriesPerSecond: levelOf(traffic.entriesTried, rates.seconds, dispersion.value),
      lostPerSecond: observed(lostPerSecond, 'counted'),
      ...membershipRates(traffic, growthPerSecond, rates),
      dispersion,
      capacity: optionFigure(options.capacity, 'no queue stood still at a depth'),
      groupExpirySeconds: optionFigure(options.group_expiry, 'no group shows its time to live'),
    },
    rows: groupRows(live.groups, live.factor, traffic.groupSends, deliveries.power),
    options,
    findings: findingsOf(findingInput),
  };
}

/** A rate of entries; 0 for so few that they may have been on their way when the counters were read. */
function beyondCut(perSecond: number, { seconds }: CounterRates): number {
  return perSecond * seconds <= CUT_ENTRIES ? 0 : perSecond;
}

function membershipRates(
  { joins: { low, high }, leaves, ownsKeyCommands }: CoreTraffic,
  growthPerSecond: number,
  rates: CounterRates,
): Record<'joinsPerSecond' | 'leavesPerSecond', ObservedFigure> {
  const unknown = withdrawn('other applications use zadd, expire or zrem on this Redis');
  // Entries that were added and are still in their queues are no joins; those that expired there cannot be told from joins.
  const isExact = beyondCut(high - low, rates) === 0;
  const joins = isExact
    ? observed(high, 'counted')
    : observed(Math.max(low, Math.min(high, high - growthPerSecond)), 'reckoned', low, high);
  return { joinsPerSecond: ownsKeyCommands ? joins : unknown, leavesPerSecond: ownsKeyCommands ? observed(leaves, 'counted') : unknown };
}

function optionFigure(value: number | undefined, reason: string): ObservedFigure {
  return value === undefined ? withdrawn(reason) : observed(value, 'counted');
}

interface Deliveries {
  readonly figure: ObservedFigure;
  readonly messageBytes: ObservedFigure;
  /** How rates depend on sizes; null where nothing shows it. */
  readonly power: number | null;
}

function deliveriesOf(
  rates: CounterRates,
  traffic: CoreTraffic,
  snapshot: GroupsSnapshot,
  dead: ReadonlySet<number>,
  lostPerSecond: number,
): Deliveries {
  if (traffic.groupSends === 0)
    return { figure: observed(0, 'counted'), messageBytes: withdrawn('nothing was sent to a group'), power: null };
  const { groups, groupsFound } = snapshot;
  const balance = byteBalance({
    traffic,
    bytes: rates.bytesPerSecond,
    lengths: snapshot,
    lostRatio: lostPerSecond / Math.max(traffic.entriesTried, Number.MIN_VALUE),
    largestGroup: groupsFound > groups.length ? Infinity : Math.max(0, ...groups.map(({ members }) => members)),
  });
  return balance.reason === null ? balanced(balance, traffic, groups, dead) : fitted(balance.reason, traffic, groups, dead);
}

/** Deliveries per send, without those to the members of ended processes, whose names Redis returns too. */
function livePerSend(groups: readonly GroupReading[], power: number, dead: ReadonlySet<number>): number {
  return meanPerSend(groups, power, (group) => withoutDead(group, dead).members);
}

function balanced(
  { deliveriesPerSecond: names, meanBytes, errorRatio }: Extract<Balance, { readonly reason: null }>,
  { groupSends }: CoreTraffic,
  groups: readonly GroupReading[],
  dead: ReadonlySet<number>,
): Deliveries {
  const around = (value: number): ObservedFigure => observed(value, 'reckoned', value * (1 - errorRatio), value * (1 + errorRatio));
  const power = powerByMembers(groups, names / groupSends);
  const deliveries = dead.size === 0 || power === null ? names : groupSends * livePerSend(groups, power, dead);
  return { figure: around(deliveries), messageBytes: around(meanBytes), power };
}

/** Without the byte balance: by how many queues a send reached. */
function fitted(
  reason: string,
  { groupSends, entriesTried }: CoreTraffic,
  groups: readonly GroupReading[],
  dead: ReadonlySet<number>,
): Deliveries {
  const messageBytes = withdrawn(reason);
  const power = powerByQueues(groups, entriesTried / groupSends);
  if (power === null) return { figure: withdrawn(reason), messageBytes, power: null };
  const value = groupSends * livePerSend(groups, power, dead);
  const isOneSize = groups.every(({ members }) => members === groups[0]!.members);
  return {
    figure: isOneSize ? observed(value, 'reckoned') : observed(value, 'reckoned', value * FITTED_LOW, value * FITTED_HIGH),
    messageBytes,
    power,
  };
}

/** Where queues stand full: the depth that most of them share. */
function standingQueues(queues: readonly QueueWatch[], lostPerSecond: number): FindingInput['fullQueues'] {
  if (lostPerSecond === 0) return null;
  const depths = queues.flatMap(({ standsAt }) => standsAt ?? []);
  const depth = Math.max(0, ...depths);
  return depth === 0 ? null : { depth, queues: depths.filter((other) => other === depth).length };
}

interface Found {
  readonly rates: CounterRates;
  readonly traffic: CoreTraffic;
  readonly live: LiveGroups;
  readonly dead: ReadonlySet<number>;
  readonly lostPerSecond: number;
  readonly standing: FindingInput['fullQueues'];
  readonly options: ObservedOptions;
}

function findingInputOf({ servers, snapshot, queues }: CoreReadings, found: Found): FindingInput {
  const { rates, traffic, live, dead, lostPerSecond, standing, options } = found;
  const all = live.factor * snapshot.groups.reduce((sum, { members }) => sum + members, 0);
  const ages = snapshot.agesSeconds;
  const expirySeconds = options.group_expiry ?? null;
  const near = expirySeconds === null ? 0 : ages.filter((age) => age > NEAR_EXPIRY_RATIO * expirySeconds).length;
  const liveProcesses = live.figures.processes.value ?? 0;
  const showsWaiting =
    traffic.entriesRead < BUSY_PER_SECOND * liveProcesses && servers.every(({ intervals }) => intervals.length >= MIN_LOOKS);
  const waiting = servers.map(({ mostWaiting }) => (showsWaiting ? mostWaiting : null));
  return {
    entriesPerSecond: traffic.entriesTried,
    lostPerSecond,
    fullQueues: standing,
    liveProcesses,
    deadProcesses: dead.size,
    deadMemberships: Math.round(all - (live.figures.memberships.value ?? 0)),
    processesBehind: queues.filter(({ state }) => state === 'behind').length,
    mostWaiting: waiting.reduce((sum, most) => (sum === null || most === null ? null : sum + most), 0 as number | null),
    memberships: Math.round(all),
    membershipsNearExpiry: ages.length === 0 ? 0 : Math.round((all * near) / ages.length),
    groupExpirySeconds: expirySeconds,
    foreignRatio: traffic.foreignRatio,
    callsPerSecond: rates.callsPerSecond,
    servers: servers.map(({ health }) => health),
  };
}
