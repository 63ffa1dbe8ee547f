/*
 * What an error means and what to do about it, by its text: the one place that knows. Texts are those of Redis, redis-py, Node and
 * Python, as `errorText` shows them.
 */

/** Where an error was met, as far as that is known. */
export interface ErrorPlace {
  /** The Redis, as people know it: redis://127.0.0.1:6379. */
  readonly redis?: string;
  /** What every key and channel of the run begins with. */
  readonly prefix?: string;
}

/** Errors of which it is known what to do about them. */
export type ErrorCode =
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
  | 'unknownCommand'
  | 'tlsKeyword'
  | 'unknownKeyword'
  | 'certificateTime'
  | 'certificateName'
  | 'certificateAuthority'
  | 'certificateOfClient'
  | 'noTls'
  | 'notRedis'
  | 'queueFull'
  | 'pythonTimeout'
  | 'tooManyFiles'
  | 'noAnswer'
  | 'notMounted'
  | 'notAdmitted'
  | 'applicationFailed'
  | 'closedByError'
  | 'closedTooLarge'
  | 'closedGoingAway'
  | 'endedSilently'
  | 'nothingListens'
  | 'unknownHost'
  | 'unreachable'
  | 'connectionLost'
  | 'connectionReset';

/** An error of which it is known what to do about it. */
export interface KnownError {
  readonly code: ErrorCode;
  /** What it means, in a clause. */
  readonly meaning: string;
  /** What to do about it, in a sentence or two. */
  readonly remedy: string;
  /** Whether nobody was reached: it says nothing of a Redis. */
  readonly isOfNetwork: boolean;
}

interface Row {
  readonly pattern: RegExp;
  /** `redis` is "Redis", or "the Redis at redis://127.0.0.1:6379". */
  readonly meaning: string | ((redis: string, found: RegExpExecArray, place: ErrorPlace) => string);
  readonly remedy: string | ((found: RegExpExecArray, place: ErrorPlace) => string);
  readonly isOfNetwork?: boolean;
}

/** What is too much for this machine. */
const FEWER = 'Try fewer members; `bench doctor` shows the limits of this machine.';
const OTHER_PREFIX = 'or use a user that may: with --config, a run stays within the prefix of the configuration';

/** What begins with the prefix of a run, and a user is not permitted. */
function notPermitted(what: string): Row['meaning'] {
  return (redis, _, { prefix }) =>
    `${redis} does not permit its user the ${what}${prefix === undefined ? ' of the run' : ` that begin with '${prefix}'`}`;
}

function permit(sign: string): Row['remedy'] {
  return (_, { prefix = '' }) => `Permit them (ACL SETUSER <user> ${sign}${withoutRun(prefix)}*), ${OTHER_PREFIX}.`;
}

/** What the prefixes of all runs have in common: `layerbench-`. */
function withoutRun(prefix: string): string {
  return prefix.replace(/[^-]*$/, '');
}

/** In the order in which they are tried: the first whose pattern fits decides. */
const ROWS: Readonly<Record<ErrorCode, Row>> = {
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
  tlsKeyword: {
    pattern: /unexpected keyword argument '(ssl\w*)'/,
    meaning: (_, [, keyword]) => `redis-py does not take '${keyword!}' for a connection without TLS`,
    remedy: 'Write the host as rediss://host:port, without the keyword ssl.',
  },
  unknownKeyword: {
    pattern: /unexpected keyword argument '(\w+)'/,
    meaning: (_, [, keyword]) => `the layer of the servers does not know the setting '${keyword!}'`,
    remedy: 'Leave it out, or use versions of channels_redis and redis-py that know it: `bench doctor` names those here.',
  },
  certificateTime: {
    pattern: /certificate has expired|CERT_HAS_EXPIRED|certificate is not yet valid/i,
    meaning: (redis) => `${redis} has a certificate that is not valid today`,
    remedy: 'Renew the certificate, and look at the clock of this machine.',
  },
  certificateName: {
    pattern: /altnames|ALTNAME_INVALID|(?:Hostname|IP address) mismatch|certificate is not valid for/i,
    meaning: (redis) => `${redis} has a certificate for another name`,
    remedy: 'Use a name that stands in the certificate as the host, or set ssl_check_hostname: false.',
  },
  certificateAuthority: {
    pattern: /self[- ]signed|unable to (?:verify|get)\b.*(?:certificate|issuer)|CERTIFICATE_VERIFY_FAILED|unknown ca\b/i,
    meaning: (redis) => `${redis} has a certificate that no known authority has signed`,
    remedy: 'Name its authority beside the host: ssl_ca_certs: /path/to/ca.pem. With ssl_cert_reqs: none nothing is checked.',
  },
  certificateOfClient: {
    pattern: /certificate required|peer did not return a certificate/i,
    meaning: (redis) => `${redis} wants a certificate of its clients`,
    remedy: 'Name it beside the host: ssl_certfile and ssl_keyfile.',
  },
  noTls: {
    pattern: /wrong version number|packet length too long|record layer failure|EPROTO\b/i,
    meaning: (redis) => `${redis} speaks no TLS on this port`,
    remedy: 'Write redis:// in the place of rediss://, or give the port that speaks TLS.',
  },
  notRedis: {
    pattern: /Unknown RESP|Protocol ?error|parser|InvalidResponse/i,
    meaning: (_, __, { redis }) => `what answers${redis === undefined ? '' : ` at ${redis}`} is not a Redis`,
    remedy: 'Check host and port.',
  },
  queueFull: {
    pattern: /ChannelFull|\bis full\b/,
    meaning: 'the queue of the channel is full (capacity)',
    remedy: 'Raise the capacity of the layer, or let consumers read faster.',
  },
  pythonTimeout: {
    pattern: /Timeout reading from/,
    meaning: 'redis-py gave up a wait after its socket_timeout',
    remedy: 'Use `pip install "redis<8"`, or a host with socket_timeout: null.',
  },
  tooManyFiles: {
    pattern: /\b(?:EMFILE|ENFILE)\b|too many open files/i,
    meaning: 'a process has no file descriptors left',
    remedy: `Raise the limit with \`ulimit -n\`. ${FEWER}`,
  },
  noAnswer: {
    pattern: /\bno hello from|\bno answer to\b/,
    meaning: 'the servers are too slow for so many sockets',
    remedy: FEWER,
  },
  notMounted: {
    pattern: /Unexpected server response: 404/,
    meaning: 'the application serves no /bench/…',
    remedy: 'Mount the consumer (`bench init django`); it is served only where LAYERBENCH_PROCESS_INDEX is set.',
  },
  notAdmitted: {
    pattern: /Unexpected server response: 40[13]/,
    meaning: 'something before the consumer refuses the socket',
    remedy: 'Mount the consumer around AllowedHostsOriginValidator and logins, not inside of them.',
  },
  applicationFailed: {
    pattern: /Unexpected server response: 5\d\d/,
    meaning: 'the application failed while the socket was opened',
    remedy: 'See the log of the application.',
  },
  closedByError: {
    pattern: /code 1011\b/,
    meaning: 'the consumer failed with an exception',
    remedy: 'See the log of the application.',
  },
  closedTooLarge: {
    pattern: /code 1009\b/,
    meaning: 'a message was larger than the other side takes',
    remedy: 'Use a smaller --payload, or raise the limit of the server.',
  },
  closedGoingAway: {
    pattern: /code 10(?:01|12)\b/,
    meaning: 'the server, or a proxy before it, was shut down or timed out',
    remedy: 'See the log of the server; a timeout of the proxy.',
  },
  endedSilently: {
    pattern: /code 1006\b/,
    meaning: 'the connection ended without a close frame',
    remedy: 'See whether the process of the server has ended, and the log of what stands between.',
  },
  nothingListens: {
    pattern: /ECONNREFUSED|Connection refused|Error 111\b/i,
    meaning: 'nothing listens there',
    remedy: 'Start it, or check host and port.',
    isOfNetwork: true,
  },
  unknownHost: {
    pattern: /ENOTFOUND|EAI_AGAIN|Name or service not known|name resolution/i,
    meaning: 'there is no host of that name',
    remedy: 'Check the name; between containers, the network that they share.',
    isOfNetwork: true,
  },
  unreachable: {
    pattern: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|gave no answer within/,
    meaning: 'nothing answers there',
    remedy: 'Check host and port, whether it speaks TLS (rediss://), and what filters between.',
    isOfNetwork: true,
  },
  connectionLost: {
    pattern: /Connection is closed|Stream isn't writeable|Connection (?:lost|closed)/i,
    meaning: 'the connection to Redis was lost',
    remedy: 'See in the log of Redis what ended it.',
    isOfNetwork: true,
  },
  connectionReset: {
    pattern: /ECONNRESET|EPIPE|Connection reset/i,
    meaning: 'the other side ended the connection',
    remedy: 'See in the log of the other side what ended it.',
    isOfNetwork: true,
  },
};

/** What is known of an error, by its text; null for one that is not known. */
export function knownError(text: string, place: ErrorPlace = {}): KnownError | null {
  for (const [code, row] of Object.entries(ROWS) as [ErrorCode, Row][]) {
    const found = row.pattern.exec(text);
    if (found !== null) return say(code, row, found, place);
  }
  return null;
}

function say(code: ErrorCode, { meaning, remedy, isOfNetwork = false }: Row, found: RegExpExecArray, place: ErrorPlace): KnownError {
  const redis = place.redis === undefined ? 'Redis' : `the Redis at ${place.redis}`;
  return {
    code,
    meaning: typeof meaning === 'string' ? meaning : meaning(redis, found, place),
    remedy: typeof remedy === 'string' ? remedy : remedy(found, place),
    isOfNetwork,
  };
}
