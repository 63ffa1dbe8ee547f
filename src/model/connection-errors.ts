import type { KnownErrorRow } from './known-error.ts';

export type ConnectionErrorCode =
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

/** What is too much for this machine. */
const FEWER = 'Try fewer members; `bench doctor` shows the limits of this machine.';

/** What is said by clients, by servers, and by what is between them. In the order in which they are tried. */
export const CONNECTION_ERRORS: Readonly<Record<ConnectionErrorCode, KnownErrorRow>> = {
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
