import { knownError } from '../model/error-remedies.ts';
import { errorText } from '../model/error-text.ts';
import { environmentError, messageOf, type BenchError } from '../model/errors.ts';
import type { HostSpec } from './hosts.ts';
import { describeHost } from './show-host.ts';

const OWN =
  'Bench starts one of its own where neither --redis (LAYERBENCH_REDIS_URL) nor a configuration (--config, --env-file) names one.';

const TLS = ' A port that speaks TLS ends what does not: check rediss://.';

/** What a Redis answered, or nobody in its place, as an environment error: what it means, in its own words, and what to do. */
export function redisError(host: HostSpec, cause: unknown, prefix?: string): BenchError {
  const redis = describeHost(host);
  const text = errorText(messageOf(lastOfNodes(cause)));
  const known = knownError(text, { redis, ...(prefix !== undefined && { prefix }) });
  if (known !== null && !known.isOfNetwork) return environmentError(`${known.meaning}: ${text}`, known.remedy, { cause });
  return environmentError(
    `no Redis can be reached at ${redis}: ${text}`,
    `${known?.remedy ?? 'Start it, or check host and port.'}${known?.code === 'connectionReset' ? TLS : ''} ${OWN}`,
    {
      cause,
    },
  );
}

/** Of a cluster none of whose nodes can be used, ioredis tells the last error apart. */
function lastOfNodes(cause: unknown): unknown {
  return (cause as { readonly lastNodeError?: unknown } | null)?.lastNodeError ?? cause;
}
