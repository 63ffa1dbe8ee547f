import { InvalidName } from './layer.ts';

/* Name rules of the channel layer specification, with its ASCII reading of "alphanumerics". */

const MAX_LENGTH = 100;
const CHANNEL = /^[a-zA-Z\d\-_.]+(![\d\w\-_.]*)?$/;
const GROUP = /^[a-zA-Z\d\-_.]+$/;
const RULE = 'must be a string of fewer than 100 ASCII alphanumerics, hyphens, underscores and periods';

export function checkChannelName(name: string): void {
  if (name.length < MAX_LENGTH && CHANNEL.test(name)) return;
  throw new InvalidName(`Channel name ${RULE}, with at most one '!': ${JSON.stringify(name).slice(0, 120)}`);
}

export function checkGroupName(name: string): void {
  if (name.length < MAX_LENGTH && GROUP.test(name)) return;
  throw new InvalidName(`Group name ${RULE}: ${JSON.stringify(name).slice(0, 120)}`);
}

/** Everything up to and including the first `!`: the queue that a channel shares with its process. The whole name without one. */
export function nonLocalName(name: string): string {
  const cut = name.indexOf('!');
  return cut < 0 ? name : name.slice(0, cut + 1);
}
