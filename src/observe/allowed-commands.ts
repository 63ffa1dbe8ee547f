import type { LayerName } from '../model/layers.ts';
import { escapedPattern } from '../model/redis-pattern.ts';

/*
 * What an observer may ask a Redis: one list. Its connection refuses everything else, and the permissions of a user for it are made of
 * the same rows.
 */

/** Keys of the layer: those of its groups, those of the queues of its processes. */
type Keys = 'groups' | 'queues';

/** Layers that can be observed from outside. */
export type ObservedLayer = Extract<LayerName, 'redis' | 'redis-pubsub'>;

export const OBSERVED_LAYERS: readonly ObservedLayer[] = ['redis', 'redis-pubsub'];

interface AllowedCommand {
  /** Keys that it reads; none for a command about no key. */
  readonly keys: readonly Keys[];
  /** Layers that need it; by default all. */
  readonly layers?: readonly ObservedLayer[];
  /** Redis lets everybody call it. */
  readonly needsNoPermission?: true;
}

/** By name, a subcommand behind a bar. */
const ALLOWED: Readonly<Record<string, AllowedCommand>> = {
  auth: { keys: [], needsNoPermission: true },
  select: { keys: [] },
  'client|setname': { keys: [] },
  info: { keys: [] },
  time: { keys: [] },
  scan: { keys: [], layers: ['redis'] },
  zrange: { keys: ['groups'], layers: ['redis'] },
  zcard: { keys: ['groups', 'queues'], layers: ['redis'] },
  zcount: { keys: ['groups', 'queues'], layers: ['redis'] },
  pttl: { keys: ['groups', 'queues'], layers: ['redis'] },
  'pubsub|channels': { keys: [], layers: ['redis-pubsub'] },
  'pubsub|numsub': { keys: [], layers: ['redis-pubsub'] },
  'client|list': { keys: [], layers: ['redis-pubsub'] },
};

const CONTAINERS: ReadonlySet<string> = new Set(Object.keys(ALLOWED).flatMap((name) => (name.includes('|') ? name.split('|')[0]! : [])));

/** `specific` is what Django Channels calls the channels of its consumers. */
const KEYS: Readonly<Record<Keys, string>> = { groups: ':group:', queues: 'specific.' };

export function groupKeysBegin(prefix: string): string {
  return `${prefix}${KEYS.groups}`;
}

export function queueKeysBegin(prefix: string): string {
  return `${prefix}${KEYS.queues}`;
}

/** The name of a command in the list: `client|setname`. */
export function commandName(words: readonly string[]): string {
  const name = words[0]!.toLowerCase();
  return CONTAINERS.has(name) ? `${name}|${words[1]?.toLowerCase() ?? ''}` : name;
}

/** Whether an observer of a layer with this prefix may send it. */
export function mayAsk(words: readonly string[], layer: ObservedLayer, prefix: string): boolean {
  const name = commandName(words);
  if (!Object.hasOwn(ALLOWED, name) || !isFor(ALLOWED[name]!, layer)) return false;
  const { keys } = ALLOWED[name]!;
  return keys.length === 0 || keys.some((kind) => words[1]!.startsWith(`${prefix}${KEYS[kind]}`));
}

function isFor({ layers }: AllowedCommand, layer: ObservedLayer): boolean {
  return layers?.includes(layer) ?? true;
}

/** The command that makes a user with just these permissions. Needs Redis 7: older ones know no selectors and no permission to read alone. */
export function aclCommand(layer: ObservedLayer, prefix: string): string {
  const needed = Object.entries(ALLOWED).filter(([, row]) => row.needsNoPermission !== true && isFor(row, layer));
  const permit = (names: readonly string[]): readonly string[] => names.map((name) => `+${name}`);
  const of = (kind: Keys): readonly string[] => needed.flatMap(([name, { keys }]) => (keys.includes(kind) ? [name] : []));
  const pattern = (kind: Keys): readonly string[] => (of(kind).length === 0 ? [] : [`%R~${escapedPattern(`${prefix}${KEYS[kind]}`)}*`]);
  const first = needed.flatMap(([name, { keys }]) => (keys.length === 0 || keys.includes('groups') ? [name] : []));
  const selector = of('queues').length === 0 ? [] : [`(${['-@all', ...permit(of('queues')), ...pattern('queues')].join(' ')})`];
  return ['ACL SETUSER layerbench on >PASSWORD resetkeys resetchannels -@all', ...pattern('groups'), ...permit(first), ...selector].join(
    ' ',
  );
}
