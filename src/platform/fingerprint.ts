import { createHash } from 'node:crypto';
import type { Environment } from '../model/environment.ts';

const BYTES_PER_GIB = 1024 ** 3;

/**
 * Equal for results that were made on like machines with like software, so that numbers may be compared at all: CPU
 * model, cores, memory to the GiB, and the major and minor versions of kernel, Node and Redis. 12 hex digits.
 */
export function fingerprint(environment: Omit<Environment, 'fingerprint'>): string {
  const { host, node, redis } = environment;
  const facts = [
    host.cpuModel,
    host.cores,
    Math.round(host.memoryBytes / BYTES_PER_GIB),
    majorMinor(host.kernel),
    majorMinor(node),
    redis === null ? null : majorMinor(redis.version),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12);
}

/** `Linux 6.8.0-45-generic` → `Linux 6.8`. */
function majorMinor(version: string): string {
  return /^\D*\d+(\.\d+)?/.exec(version)?.[0] ?? version;
}
