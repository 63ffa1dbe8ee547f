import { isChannelName, isGroupName, NAME_BOUND } from '../../model/channel-names.ts';
import { escapedPattern } from '../../model/redis-pattern.ts';
import { groupKeysBegin } from '../allowed-commands.ts';
import { DistinctSample, unitHash } from '../distinct.ts';
import type { GroupsTally, Membership } from '../groups.ts';
import { MOST_COMMANDS, type ObserverConnection } from './observer-connection.ts';
import { timeIn } from './server-reading.ts';

/* One pass over the groups that one server holds, in bounded memory, whatever its keys are. */

/** Above it, a random sample of the groups is read. */
const MOST_GROUPS = 2000;
/** Above it, the number of groups is an estimate. */
const MOST_COUNTED = 100_000;
const SCAN_COUNT = 200;
const PAGE = 500;
/** Of a larger group, the rest is taken to be as these are. */
const MOST_PAGES = 20;
/** Groups whose time to live is asked for. */
const MOST_EXPIRIES = 40;
/** An answer may hold names of any length: larger ones lead to smaller questions. */
const LARGE_ANSWER_BYTES = 2 ** 20;
/** Of the time for a pass, what the search for keys may take. */
const SCAN_SHARE = 0.5;

export interface PassOptions {
  readonly prefix: string;
  /** Of the hashes. */
  readonly seed: number;
  /** Keys of the database, to know how many of them a search has passed. */
  readonly keys: number;
  readonly nowMs: () => number;
  /** By `nowMs`. */
  readonly endMs: number;
  readonly signal: AbortSignal;
}

export interface Pass {
  /** Distinct ones: SCAN may return a key twice. `errorRatio`: one standard deviation. */
  readonly groupsFound: number;
  readonly errorRatio: number;
  /** Share of the keys that was searched. */
  readonly scannedRatio: number;
  /** Whether nothing was left out but for a sample. */
  readonly isComplete: boolean;
}

/** Reads groups into a tally, until all are read or the signal ends it: what is in the tally then is a random part of them. */
export async function readGroups(connection: ObserverConnection, tally: GroupsTally, options: PassOptions): Promise<Pass> {
  const found = { keys: new DistinctSample<string>(MOST_GROUPS), count: new DistinctSample<null>(MOST_COUNTED), scannedRatio: 0 };
  const pass = (isComplete: boolean): Pass => ({
    groupsFound: Math.round(found.count.count),
    errorRatio: found.count.errorRatio,
    scannedRatio: found.scannedRatio,
    isComplete,
  });
  try {
    await search(connection, options, found);
    await readAll(connection, tally, found.keys.items);
    return pass(found.scannedRatio === 1);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    return pass(false);
  }
}

/** Finds keys of groups. A search that takes too long is a random part: SCAN goes through keys by their hashes. */
async function search(
  connection: ObserverConnection,
  { prefix, seed, keys, nowMs, endMs }: PassOptions,
  found: { readonly keys: DistinctSample<string>; readonly count: DistinctSample<null>; scannedRatio: number },
): Promise<void> {
  const begin = groupKeysBegin(prefix);
  const stopMs = nowMs() + SCAN_SHARE * (endMs - nowMs());
  let cursor = '0';
  let searched = 0;
  do {
    const { replies } = await connection.ask([['SCAN', cursor, 'MATCH', `${escapedPattern(begin)}*`, 'COUNT', SCAN_COUNT, 'TYPE', 'zset']]);
    const [next, names] = replies[0] as readonly [Buffer, readonly Buffer[]];
    for (const name of names) {
      const key = name.length > begin.length * 4 + NAME_BOUND ? '' : name.toString();
      if (!key.startsWith(begin) || !isGroupName(key.slice(begin.length))) continue;
      const hash = unitHash(key, seed);
      found.count.add(hash, null);
      found.keys.add(hash, key);
    }
    cursor = next.toString();
    searched += SCAN_COUNT;
    // Before the end there is always a part that was not searched.
    found.scannedRatio = cursor === '0' ? 1 : Math.min(0.999, searched / Math.max(searched, keys));
  } while (cursor !== '0' && nowMs() < stopMs);
}

async function readAll(connection: ObserverConnection, tally: GroupsTally, keys: readonly string[]): Promise<void> {
  await readExpiries(connection, tally, keys.slice(0, MOST_EXPIRIES));
  let together = 10;
  for (let at = 0; at < keys.length;) {
    const some = keys.slice(at, at + together);
    const { replies, bytes } = await connection.ask([['TIME'], ...some.map((key) => ['ZRANGE', key, 0, PAGE - 1, 'WITHSCORES'])]);
    const now = timeIn(replies[0]);
    for (const [i, key] of some.entries()) {
      const first = membershipsIn(replies[i + 1]);
      if (first.entries < PAGE) tally.addGroup(key.length, first.memberships.length, first.memberships, now);
      else await readLarge(connection, tally, key, first.memberships, now);
    }
    at += some.length;
    together = bytes > LARGE_ANSWER_BYTES ? Math.max(1, Math.floor(together / 2)) : Math.min(MOST_COMMANDS - 1, together * 2);
  }
}

/** One with more members than a page has, page by page. */
async function readLarge(
  connection: ObserverConnection,
  tally: GroupsTally,
  key: string,
  first: readonly Membership[],
  now: number,
): Promise<void> {
  const { replies } = await connection.ask([['ZCARD', key]]);
  const members = Number(replies[0]);
  const memberships = [...first];
  for (let page = 1; page < MOST_PAGES && page * PAGE < members; page += 1) {
    const answer = await connection.ask([['ZRANGE', key, page * PAGE, (page + 1) * PAGE - 1, 'WITHSCORES']]);
    memberships.push(...membershipsIn(answer.replies[0]).memberships);
  }
  tally.addGroup(key.length, members <= MOST_PAGES * PAGE ? memberships.length : members, memberships, now);
}

async function readExpiries(connection: ObserverConnection, tally: GroupsTally, keys: readonly string[]): Promise<void> {
  const each = Math.floor((MOST_COMMANDS - 1) / 2);
  for (let at = 0; at < keys.length; at += each) {
    const some = keys.slice(at, at + each);
    const questions = some.flatMap((key) => [
      ['PTTL', key],
      ['ZRANGE', key, -1, -1, 'WITHSCORES'],
    ]);
    const { replies } = await connection.ask([['TIME'], ...questions]);
    const now = timeIn(replies[0]);
    for (const i of some.keys()) {
      const [newest] = membershipsIn(replies[2 * i + 2]).memberships;
      if (newest !== undefined) tally.addExpiry(Number(replies[2 * i + 1]) / 1000, now - newest.joinedSeconds);
    }
  }
}

/** The answer to ZRANGE with scores; what is no name of a channel is left out. */
function membershipsIn(reply: unknown): { readonly entries: number; readonly memberships: readonly Membership[] } {
  const words = (reply ?? []) as readonly Buffer[];
  const memberships: Membership[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const channel = words[i]!.length < NAME_BOUND ? words[i]!.toString('latin1') : '';
    const joinedSeconds = Number(words[i + 1]!.toString('latin1'));
    if (isChannelName(channel) && Number.isFinite(joinedSeconds)) memberships.push({ channel, joinedSeconds });
  }
  return { entries: words.length / 2, memberships };
}
