import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Environment, RunResult } from '../../core/result.ts';
import type { HostFacts } from '../../observe/host.ts';
import type { RedisBackend } from './redis-backend.ts';

const packageJson = createRequire(import.meta.url)('../../../../package.json') as { readonly version: string };

/** What made a result. */
export const TOOL: RunResult['tool'] = { name: 'layerbench', version: packageJson.version };

/** Where a result was made. The fingerprint leaves out what does not change the numbers: git, addresses. */
export function environmentOf(facts: HostFacts, redis: RedisBackend | null): Environment {
  const { cpuModel, cores, memoryBytes, kernel } = facts;
  const host = { cpuModel, cores, memoryBytes, kernel };
  const likeness = [cpuModel, cores, Math.round(memoryBytes / 2 ** 30), kernel.split('.', 2).join('.'), process.version.split('.')[0]];
  return {
    host,
    node: process.version,
    redis: redis === null ? null : { version: redis.version, url: redis.publicUrl },
    git: facts.git,
    fingerprint: createHash('sha256').update(JSON.stringify(likeness)).digest('hex').slice(0, 12),
  };
}
