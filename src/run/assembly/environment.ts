import type { RunResult } from '../../result/run-result.ts';
import type { Environment } from '../../model/environment.ts';
import { fingerprint } from '../../platform/fingerprint.ts';
import type { HostFacts } from '../../platform/host.ts';
import { TOOL_VERSION } from '../../platform/package-root.ts';
import type { RedisBackend } from '../systems/redis-backend.ts';

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
