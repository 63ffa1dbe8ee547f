import { describe, expect, it } from 'vitest';
import { knownError, type ErrorCode } from './error-remedies.ts';

/* Texts as Redis 6 and 7, redis-py, ioredis, Node and Python say them. */
const SAID: Readonly<Record<ErrorCode, readonly string[]>> = {
  commandNotPermitted: [
    "NOPERM this user has no permissions to run the 'info' command",
    "NOPERM User portal has no permissions to run the 'client|list' command",
    "NoPermissionError: this user has no permissions to run the 'eval' command",
  ],
  channelNotPermitted: [
    'NOPERM this user has no permissions to access one of the channels used as arguments',
    'NOPERM No permissions to access a channel',
  ],
  keyNotPermitted: [
    'NOPERM this user has no permissions to access one of the keys used as arguments',
    'NOPERM No permissions to access a key',
  ],
  notPermitted: ['NOPERM something new'],
  login: ['NOAUTH Authentication required.', 'WRONGPASS invalid username-password pair or user is disabled.', 'AuthenticationError'],
  clusterNode: [
    'MOVED 3999 127.0.0.1:7002',
    'MOVED … 127.0.0.1:…',
    'MovedError: 3999 127.0.0.1:7002',
    "CROSSSLOT Keys in request don't hash to the same slot",
    'CLUSTERDOWN Hash slot not served',
  ],
  noCluster: ['ERR This instance has cluster support disabled'],
  readOnlyReplica: [
    "READONLY You can't write against a read only replica.",
    "ReadOnlyError: You can't write against a read only replica.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  ],
  outOfMemory: [
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OutOfMemoryError: command not allowed when used memory > 'maxmemory'.",
  ],
  cannotSave: ['MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.'],
  loading: ['LOADING Redis is loading the dataset in memory', 'BusyLoadingError: Redis is loading the dataset in memory'],
  tooManyClients: ['ERR max number of clients reached', 'ConnectionError: max number of clients reached'],
  unknownCommand: ["ERR unknown command 'ZPOPMIN', with args beginning with: 'key' ", 'ERR unknown command `BZPOPMIN`, with args'],
  tlsKeyword: ["TypeError: AbstractConnection.__init__() got an unexpected keyword argument 'ssl'"],
  unknownKeyword: ["TypeError: RedisChannelLayer.__init__() got an unexpected keyword argument 'capactiy'"],
  certificateTime: [
    'certificate has expired',
    '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:992)',
  ],
  certificateName: [
    "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address mismatch, certificate is not valid for '127.0.0.1'.",
  ],
  certificateAuthority: [
    'self-signed certificate',
    'self signed certificate in certificate chain',
    'unable to verify the first certificate',
    '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:992)',
  ],
  certificateOfClient: ['tlsv13 alert certificate required'],
  noTls: ['[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)', 'write EPROTO 80DB:error:0A00010B:SSL routines'],
  notRedis: ['Protocol error, got "H" as reply type byte', "InvalidResponse: Protocol Error: b'HTTP/1.1 400 Bad Request'"],
  queueFull: ["channel 'specific.…!…' is full", 'ChannelFull'],
  pythonTimeout: ['TimeoutError: Timeout reading from 127.0.0.1:6379'],
  tooManyFiles: ['connect EMFILE 127.0.0.1:4711 - Local (undefined:undefined)', 'OSError: [Errno 24] Too many open files'],
  noAnswer: [
    'no hello from ws://127.0.0.1:4711/bench/ab within 10 s',
    'no answer to join g0 from ws://127.0.0.1:4711/bench/ab within 10 s',
  ],
  notMounted: ['cannot connect to ws://127.0.0.1:4711/bench/ab: Unexpected server response: 404'],
  notAdmitted: ['cannot connect to ws://127.0.0.1:4711/bench/ab: Unexpected server response: 403'],
  applicationFailed: ['cannot connect to ws://127.0.0.1:4711/bench/ab: Unexpected server response: 500'],
  closedByError: ['closed with code 1011'],
  closedTooLarge: ['closed with code 1009'],
  closedGoingAway: ['closed with code 1001', 'closed with code 1012: Service Restart'],
  endedSilently: ['ended without a word (code 1006)'],
  nothingListens: ['connect ECONNREFUSED 127.0.0.1:6379', 'ConnectionError: Error 111 connecting to 127.0.0.1:…. 111.'],
  unknownHost: ['getaddrinfo ENOTFOUND redis', 'ConnectionError: Error -2 connecting to redis:6379. Name or service not known.'],
  unreachable: ['connect ETIMEDOUT 10.0.0.1:6379', 'it gave no answer within 5 s'],
  connectionLost: ['Connection is closed.', "Stream isn't writeable and enableOfflineQueue options is false"],
  connectionReset: ['read ECONNRESET', 'write EPIPE', 'ConnectionResetError: [Errno 104] Connection reset by peer'],
};

describe('an error', () => {
  it.each(Object.entries(SAID))('%s is told by its text', (code, texts) => {
    for (const text of texts) expect([text, knownError(text)?.code]).toEqual([text, code]);
  });

  it('that nobody knows has no remedy', () => {
    expect(knownError('out of cheese')).toBeNull();
  });

  it('has the remedy of its cause: fewer members, and a newer Redis, where these are it and nowhere else', () => {
    const with_ = (pattern: RegExp): readonly string[] =>
      Object.keys(SAID).filter((code) => pattern.test(knownError(SAID[code as ErrorCode][0]!)!.remedy));
    expect(with_(/fewer members/)).toEqual(['tooManyFiles', 'noAnswer']);
    expect(with_(/or newer/)).toEqual(['unknownCommand']);
  });

  it('names what is not permitted, and the prefix', () => {
    const place = { redis: 'redis://h:1', prefix: 'asgi-bench-ab12' };
    expect(knownError("NOPERM User x has no permissions to run the 'eval' command", place)).toMatchObject({
      meaning: 'the Redis at redis://h:1 does not permit its user the command EVAL',
      remedy: expect.stringContaining('+eval') as string,
    });
    expect(knownError('NOPERM No permissions to access a channel', place)).toMatchObject({
      meaning: "the Redis at redis://h:1 does not permit its user the channels that begin with 'asgi-bench-ab12'",
      remedy: expect.stringContaining('&asgi-bench-*') as string,
    });
  });
});
