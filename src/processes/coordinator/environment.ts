import type { Environment, RunResult } from '../../core/result.ts';
import { fingerprint } from '../../observe/fingerprint.ts';
import type { HostFacts } from '../../observe/host.ts';
import { TOOL_VERSION } from '../../observe/package-root.ts';
import type { RedisBackend } from './redis-backend.ts';

/** What made a result. */
export const TOOL: RunResult['tool'] = { name: 'layerbench', version: TOOL_VERSION };

/** Where a result was made. */
export function environmentOf(facts: HostFacts, redis: RedisBackend | null): Environment {
  const { cpuModel, cores, memoryBytes, kernel } = facts;
  const environment = {
    host: { cpuModel, cores, memoryBytes, kernel },
    node: process.version,
    redis: redis === null ? null : { version: redis.version, url: redis.publicUrl },
    git: facts.git,
  };
  return { ...environment, fingerprint: fingerprint(environment) };
}
