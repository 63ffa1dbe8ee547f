import type { CounterRates } from './counters.ts';

/*
 * What the calls of commands mean for channels_redis core. A group send is zremrangebyscore, zrange and, where the group has
 * members, multi, one zremrangebyscore for each queue, exec and a script; the script calls zcount for each queue, and zadd and expire for
 * each that has room. A direct send has one zremrangebyscore and one zcount. A receive is a script (zrange, del) and bzpopmin; with
 * a message zadd and zpopmin follow. A join is zadd and expire, a leave is zrem.
 */

/** All per second. A queue entry is one message for all members of a group in one process. */
export interface CoreTraffic {
  readonly groupSends: number;
  /** Group sends that found members, as scripts: one for each server that has queues of the group. */
  readonly sendsWithMembers: number;
  /** Entries that were to be added, those of direct sends included. */
  readonly entriesTried: number;
  readonly entriesRead: number;
  /** Times that a process began to wait for a message. */
  readonly waits: number;
  /** Bounds: entries that were added and never read look like joins. */
  readonly joins: { readonly low: number; readonly high: number };
  readonly leaves: number;
  /** Share of all calls that the layer did not make, from 0 to 1. */
  readonly foreignRatio: number;
  /** Whether zadd and expire are the layer's alone: else joins and leaves mean nothing. */
  readonly ownsKeyCommands: boolean;
}

/** What the layer calls, scripts included. */
const LAYER_COMMANDS: ReadonlySet<string> = new Set([
  'zremrangebyscore',
  'zrange',
  'multi',
  'exec',
  'eval',
  'evalsha',
  'zcount',
  'zadd',
  'expire',
  'zpopmin',
  'bzpopmin',
  'del',
  'zrem',
]);

/** What any client, monitor or replica calls beside its work. */
export const UPKEEP_COMMANDS: ReadonlySet<string> = new Set([
  'auth',
  'client',
  'config',
  'dbsize',
  'hello',
  'info',
  'latency',
  'ping',
  'psync',
  'quit',
  'replconf',
  'role',
  'select',
  'slowlog',
  'time',
]);

/** Calls whose sequence may be cut by a reading. */
const CUT_CALLS = 8;

/** Rates of commands → rates of the layer. */
export function coreTraffic(rates: CounterRates): CoreTraffic {
  const per = rates.perSecond;
  const entriesTried = per('zcount');
  const entriesRead = per('zpopmin');
  const groupSends = Math.max(0, per('zremrangebyscore') - entriesTried);
  const waits = per('bzpopmin');
  const sendsWithMembers = Math.max(0, per('eval') - waits);
  const cut = CUT_CALLS / Math.max(rates.seconds, 1);
  const beyond = (calls: number): number => Math.max(0, Math.abs(calls) - cut);
  const excessKeyCalls = beyond(per('zadd') - per('expire') - entriesRead);
  const foreign =
    rates.commands
      .filter((name) => !LAYER_COMMANDS.has(name) && !UPKEEP_COMMANDS.has(name))
      .reduce((sum, name) => sum + Math.max(0, per(name)), 0) +
    excessKeyCalls +
    beyond(per('zrange') - groupSends - waits) +
    beyond(per('del') - waits) +
    beyond(per('multi') - sendsWithMembers);
  return {
    groupSends,
    sendsWithMembers,
    entriesTried,
    entriesRead,
    waits,
    joins: { low: Math.max(0, per('expire') - entriesTried), high: Math.max(0, per('expire') - entriesRead) },
    leaves: per('zrem'),
    foreignRatio: rates.callsPerSecond === 0 ? 0 : foreign / rates.callsPerSecond,
    ownsKeyCommands: excessKeyCalls === 0,
  };
}
