import type { KnownErrorRow } from './known-error.ts';

export type RedisErrorCode =
  | 'commandNotPermitted'
  | 'channelNotPermitted'
  | 'keyNotPermitted'
  | 'notPermitted'
  | 'login'
  | 'clusterNode'
  | 'noCluster'
  | 'readOnlyReplica'
  | 'outOfMemory'
  | 'cannotSave'
  | 'loading'
  | 'tooManyClients'
  | 'unknownCommand';

const OTHER_PREFIX = 'or use a user that may: with --config, a run stays within the prefix of the configuration';

/** What begins with the prefix of a run, and a user is not permitted. */
function notPermitted(what: string): KnownErrorRow['meaning'] {
  return (redis, _, { prefix }) =>
    `${redis} does not permit its user the ${what}${prefix === undefined ? ' of the run' : ` that begin with '${prefix}'`}`;
}

function permit(sign: string): KnownErrorRow['remedy'] {
  return (_, { prefix = '' }) => `Permit them (ACL SETUSER <user> ${sign}${withoutRun(prefix)}*), ${OTHER_PREFIX}.`;
}

/** What the prefixes of all runs have in common: `layerbench-`. */
function withoutRun(prefix: string): string {
  return prefix.replace(/[^-]*$/, '');
}

/** What a Redis answers. In the order in which they are tried. */
export const REDIS_ERRORS: Readonly<Record<RedisErrorCode, KnownErrorRow>> = {
  commandNotPermitted: {
    pattern: /no permissions to run the '([^']+)' command/i,
    meaning: (redis, [, command]) => `${redis} does not permit its user the command ${command!.toUpperCase()}`,
    remedy: ([, command]) => `Permit it (ACL SETUSER <user> +${command!}), or use another user.`,
  },
  channelNotPermitted: {
    pattern: /no permissions to access .*channel/i,
    meaning: notPermitted('channels'),
    remedy: permit('&'),
  },
  keyNotPermitted: {
    pattern: /no permissions to access .*key/i,
    meaning: notPermitted('keys'),
    remedy: permit('~'),
  },
  notPermitted: {
    pattern: /\bNOPERM\b|NoPermissionError/,
    meaning: (redis) => `${redis} does not permit its user what the layer needs`,
    remedy: 'Use a user that may run all commands on the keys and channels of a run.',
  },
  login: {
    pattern: /NOAUTH|WRONGPASS|invalid (?:username-)?password|without any password|Authentication ?(?:Error|required)/i,
    meaning: (redis) => `${redis} refuses the login`,
    remedy: 'Put the right user and password into the URL: redis://user:password@host:port.',
  },
  clusterNode: {
    pattern: /\b(?:MOVED|ASK) [\d…]|\b(?:CROSSSLOT|CLUSTERDOWN|TRYAGAIN)\b|\b(?:Moved|Ask|ClusterDown|ClusterCrossSlot|TryAgain)Error\b/,
    meaning: (redis) =>
      `${redis} is a node of a Redis Cluster, on which core layers cannot run: one send of theirs touches keys of many slots`,
    remedy:
      'Use a Redis without a cluster; or redis-pubsub, with a host such as {cluster: ["redis://127.0.0.1:7001"]}, which bench\'s own servers take.',
  },
  noCluster: {
    pattern: /cluster support disabled/i,
    meaning: (redis) => `${redis} is not a cluster`,
    remedy: 'Give it as redis://host:port, without {cluster: …}.',
  },
  readOnlyReplica: {
    pattern: /\bREADONLY\b|ReadOnlyError|read[- ]only replica|\bMASTERDOWN\b/,
    meaning: (redis) => `${redis} is a read-only replica`,
    remedy: 'Give --redis the URL of its primary; where roles change, name the sentinels: {sentinels: […], master_name: …}.',
  },
  outOfMemory: {
    pattern: /\bOOM\b|OutOfMemoryError|used memory > 'maxmemory'/,
    meaning: (redis) => `${redis} has reached its maxmemory`,
    remedy: 'Raise its maxmemory, or let the layer keep less: a smaller capacity, a shorter expiry.',
  },
  cannotSave: {
    pattern: /\bMISCONF\b/,
    meaning: (redis) => `${redis} takes no writes, since it cannot save to its disk`,
    remedy: 'See its log, and make room on its disk; or set its stop-writes-on-bgsave-error to no.',
  },
  loading: {
    pattern: /\bLOADING\b|BusyLoadingError/,
    meaning: (redis) => `${redis} is still loading its data`,
    remedy: 'Wait until `redis-cli INFO persistence` says loading:0.',
  },
  tooManyClients: {
    pattern: /max number of clients/i,
    meaning: (redis) => `${redis} has as many connections as it takes (maxclients)`,
    remedy: 'Raise its maxclients, end connections of others, or use fewer processes.',
  },
  unknownCommand: {
    pattern: /unknown command,? [`'"]?([\w|]+)/i,
    meaning: (redis, [, command]) => `${redis} does not know the command ${command!.toUpperCase()}`,
    remedy:
      'channels_redis core needs Redis 5.0 or newer, and publish and subscribe on a cluster Redis 7.0. Or the command has another name there (rename-command).',
  },
};
