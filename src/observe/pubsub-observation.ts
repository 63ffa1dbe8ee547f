import { TOLERATED_RATIO } from './byte-balance.ts';
import { UPKEEP_COMMANDS } from './core-traffic.ts';
import { frameBytes } from './core-wire.ts';
import { ratesOf, type CounterRates } from './counters.ts';
import { dispersionFigure, levelOf } from './dispersion.ts';
import { findingsOf } from './findings.ts';
import type { Observation, ServerReadings } from './observation.ts';
import { observed, withdrawn, type ObservedFigure } from './observed-figure.ts';

/*
 * channels_redis pub/sub from outside: a group is a channel that processes subscribe to, a connection is a channel of its own, and a send is
 * one publish. Which connections are in a group, only their processes know.
 */

/** Subscriptions of one server, at one look. */
export interface Subscriptions {
  readonly groups: number;
  readonly connections: number;
  /** Of the group that the most processes subscribe to. */
  readonly mostSubscribers: number;
  /** Clients that subscribe to anything. */
  readonly clients: number;
  /** Mean length of a channel of a group. */
  readonly channelBytes: number;
}

export interface PubSubReadings {
  readonly servers: readonly ServerReadings[];
  /** Of each server. */
  readonly subscriptions: readonly Subscriptions[];
  readonly isInterrupted: boolean;
}

const PUBSUB_COMMANDS: ReadonlySet<string> = new Set(['publish', 'subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'pubsub']);
/** Lengths of channels that sends go to are taken to be as those of all groups. */
const BYTES_ERROR_RATIO = 0.03;
const NOT_IN_REDIS = 'pub/sub keeps the members of groups in the server processes';
const NO_QUEUES = 'pub/sub keeps no queues';

/** What does not show from outside. */
const UNSEEN = {
  memberships: withdrawn(NOT_IN_REDIS),
  groupSizeP50: withdrawn(NOT_IN_REDIS),
  groupSizeP90: withdrawn(NOT_IN_REDIS),
  groupSizeMax: withdrawn(NOT_IN_REDIS),
  deliveriesPerSecond: withdrawn(NOT_IN_REDIS),
  joinsPerSecond: withdrawn(NOT_IN_REDIS),
  leavesPerSecond: withdrawn(NOT_IN_REDIS),
  entriesPerSecond: withdrawn(NO_QUEUES),
  lostPerSecond: withdrawn(NO_QUEUES),
  capacity: withdrawn(NO_QUEUES),
  groupExpirySeconds: withdrawn('memberships do not expire'),
};

const NO_QUEUES_FOUND = {
  entriesPerSecond: 0,
  lostPerSecond: 0,
  fullQueues: null,
  deadProcesses: 0,
  deadMemberships: 0,
  processesBehind: 0,
  mostWaiting: null,
  memberships: 0,
  membershipsNearExpiry: 0,
  groupExpirySeconds: null,
};

export function observePubSub({ servers, subscriptions, isInterrupted }: PubSubReadings): Observation {
  const rates = ratesOf(servers.map(({ totals }) => totals));
  const foreignRatio = foreignOf(rates);
  const sum = (valueOf: (each: Subscriptions) => number): number => subscriptions.reduce((all, each) => all + valueOf(each), 0);
  const processes = processesOf(subscriptions);
  const groups = sum((each) => each.groups);
  const published = publishedOf(rates, servers, subscriptions, foreignRatio < TOLERATED_RATIO);
  return {
    layer: 'redis-pubsub',
    seconds: rates.seconds,
    servers: servers.length,
    isInterrupted,
    figures: {
      ...UNSEEN,
      ...published,
      processes,
      groups: observed(groups, 'counted'),
      connections: observed(
        sum((each) => each.connections),
        'counted',
      ),
    },
    rows: groups === 0 ? [] : [{ sizes: null, groups, members: null, sendsPerSecond: published.sendsPerSecond.value }],
    options: {},
    findings: findingsOf({
      ...NO_QUEUES_FOUND,
      liveProcesses: processes.value ?? 0,
      foreignRatio,
      callsPerSecond: rates.callsPerSecond,
      // It keeps no keys: their eviction does not matter.
      servers: servers.map(({ health }) => ({ ...health, maxMemoryBytes: null })),
    }),
  };
}

/** Share of all calls that the layer did not make, from 0 to 1. */
function foreignOf(rates: CounterRates): number {
  const foreign = rates.commands.filter((name) => !PUBSUB_COMMANDS.has(name) && !UPKEEP_COMMANDS.has(name));
  const perSecond = foreign.reduce((sum, name) => sum + Math.max(0, rates.perSecond(name)), 0);
  return rates.callsPerSecond === 0 ? 0 : perSecond / rates.callsPerSecond;
}

function publishedOf(
  rates: CounterRates,
  servers: readonly ServerReadings[],
  subscriptions: readonly Subscriptions[],
  isAlone: boolean,
): Record<'sendsPerSecond' | 'messageBytes' | 'dispersion', ObservedFigure> {
  const unknown = withdrawn('other applications use this Redis, and may publish too');
  if (!isAlone) return { sendsPerSecond: unknown, messageBytes: unknown, dispersion: unknown };
  const events = servers.map(({ intervals }) => intervals.map(({ seconds, published }) => ({ seconds, events: published })));
  const dispersion = dispersionFigure(events);
  return {
    sendsPerSecond: levelOf(rates.perSecond('publish'), rates.seconds, dispersion.value),
    messageBytes: messageBytes(rates, subscriptions),
    dispersion,
  };
}

/** A process has a subscribing client at each server; other applications may have some too. */
function processesOf(subscriptions: readonly Subscriptions[]): ObservedFigure {
  const least = Math.max(0, ...subscriptions.map(({ mostSubscribers }) => mostSubscribers));
  const most = Math.max(0, ...subscriptions.map(({ clients }) => clients));
  return observed(Math.max(least, most), 'counted', least, Math.max(least, most));
}

/** What comes in is publishes, but for subscriptions. */
function messageBytes(rates: CounterRates, subscriptions: readonly Subscriptions[]): ObservedFigure {
  const publishes = rates.perSecond('publish');
  if (rates.bytesPerSecond === null) return withdrawn('Redis does not report the bytes that it moves');
  if (publishes === 0) return withdrawn('nothing was published');
  const groups = subscriptions.reduce((sum, each) => sum + each.groups, 0);
  const channel = subscriptions.reduce((sum, { groups: count, channelBytes }) => sum + count * channelBytes, 0) / Math.max(1, groups);
  const named = channel + frameBytes(channel);
  const subscribing = (rates.perSecond('subscribe') + rates.perSecond('unsubscribe')) * ('*2\r\n$9\r\nSUBSCRIBE\r\n'.length + named);
  const each = (rates.bytesPerSecond.input - subscribing) / publishes - '*3\r\n$7\r\nPUBLISH\r\n'.length - named;
  const bytes = Math.max(0, each - frameBytes(each));
  return observed(bytes, 'reckoned', bytes * (1 - BYTES_ERROR_RATIO), bytes * (1 + BYTES_ERROR_RATIO));
}
