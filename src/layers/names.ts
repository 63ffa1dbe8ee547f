import { isChannelName, isGroupName } from '../model/channel-names.ts';
import { InvalidName } from './layer.ts';

/* Names that a layer refuses. */

const RULE = 'must be a string of fewer than 100 ASCII alphanumerics, hyphens, underscores and periods';

export function checkChannelName(name: string): void {
  if (isChannelName(name)) return;
  throw new InvalidName(`Channel name ${RULE}, with at most one '!': ${JSON.stringify(name).slice(0, 120)}`);
}

export function checkGroupName(name: string): void {
  if (isGroupName(name)) return;
  throw new InvalidName(`Group name ${RULE}: ${JSON.stringify(name).slice(0, 120)}`);
}
