/* Name rules of the channel layer specification, with its ASCII reading of "alphanumerics". */

/** A name has fewer characters. */
export const NAME_BOUND = 100;
const CHANNEL = /^[a-zA-Z\d\-_.]+(![\d\w\-_.]*)?$/;
const GROUP = /^[a-zA-Z\d\-_.]+$/;

export function isChannelName(text: string): boolean {
  return text.length < NAME_BOUND && CHANNEL.test(text);
}

export function isGroupName(text: string): boolean {
  return text.length < NAME_BOUND && GROUP.test(text);
}

/** Everything up to and including the first `!`: the queue that a channel shares with its process. The whole name without one. */
export function nonLocalName(name: string): string {
  const cut = name.indexOf('!');
  return cut < 0 ? name : name.slice(0, cut + 1);
}
