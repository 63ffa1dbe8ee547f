import { zeroCounters, type ChannelLayer, type Handler } from '../../../layers/layer.ts';

/*
 * A layer that costs nothing: a message goes at once to the members of its group in this process. No queue, no copy, no
 * capacity. What a run over it can carry is the ceiling of the machine and of everything around the layer.
 */

export const scope = 'process';

export function openLayer(): ChannelLayer {
  const handlers = new Map<string, Handler>();
  const groups = new Map<string, Set<string>>();
  let channels = 0;
  const handTo = (channel: string, ...[message]: Parameters<Handler>): void => void handlers.get(channel)?.(message);
  return {
    counters: zeroCounters(),
    newChannel: async (prefix = 'specific') => `${prefix}.null!${channels++}`,
    send: async (channel, message) => handTo(channel, message),
    receive: () => Promise.reject(new Error('the null layer has consumers only')),
    consume: (channel, handler) => {
      handlers.set(channel, handler);
      return { pause: () => undefined, resume: () => undefined, close: async () => void handlers.delete(channel) };
    },
    groupAdd: async (group, channel) => {
      const members = groups.get(group) ?? new Set();
      groups.set(group, members.add(channel));
    },
    groupDiscard: async (group, channel) => void groups.get(group)?.delete(channel),
    groupSend: async (group, message) => groups.get(group)?.forEach((channel) => handTo(channel, message)),
    held: async () => [],
    flush: async () => undefined,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
