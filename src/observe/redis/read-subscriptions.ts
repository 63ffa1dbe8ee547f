import { escapedPattern } from '../../model/redis-pattern.ts';
import { parseClientList } from '../../redis/clients.ts';
import type { Subscriptions } from '../pubsub-observation.ts';
import type { ObserverConnection } from './observer-connection.ts';

/** Groups whose subscribers are counted. */
const MOST_GROUPS = 2000;
const PAGE = 500;

/** One look at what the clients of a server subscribe to. */
export async function readSubscriptions(connection: ObserverConnection, prefix: string): Promise<Subscriptions> {
  const channels = async (begin: string): Promise<readonly Buffer[]> => {
    const { replies } = await connection.ask([['PUBSUB', 'CHANNELS', `${escapedPattern(begin)}*`]]);
    return replies[0] as readonly Buffer[];
  };
  const groups = await channels(`${prefix}__group__`);
  const connections = (await channels(`${prefix}specific.`)).length;
  let mostSubscribers = 0;
  for (let at = 0; at < Math.min(groups.length, MOST_GROUPS); at += PAGE) {
    const { replies } = await connection.ask([['PUBSUB', 'NUMSUB', ...groups.slice(at, at + PAGE)]]);
    for (const [i, count] of (replies[0] as readonly unknown[]).entries())
      if (i % 2 === 1) mostSubscribers = Math.max(mostSubscribers, Number(count));
  }
  const { replies } = await connection.ask([['CLIENT', 'LIST', 'TYPE', 'pubsub']]);
  const bytes = groups.reduce((sum, { length }) => sum + length, 0);
  return {
    groups: groups.length,
    connections,
    mostSubscribers,
    clients: parseClientList(String(replies[0])).length,
    channelBytes: bytes / Math.max(1, groups.length),
  };
}
