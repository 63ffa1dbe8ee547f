import { nonLocalName } from '../model/channel-names.ts';

/* Names of keys in Redis, as channels_redis core has them. `prefix` is the layer's. */

/** The sorted set of a channel's messages: shared by all channels of one process that have the same prefix. */
export function queueKey(prefix: string, channel: string): string {
  return `${prefix}${nonLocalName(channel)}`;
}

/** Where a reader keeps what it has popped and not yet handed out. */
export function inflightKey(queue: string): string {
  return `${queue}$inflight`;
}

export function groupKey(prefix: string, group: string): string {
  return `${prefix}:group:${group}`;
}
