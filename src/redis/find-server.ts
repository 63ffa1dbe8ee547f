import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A Redis server program on this machine. */
export interface RedisServerProgram {
  readonly command: string;
  readonly version: string;
}

const NAMES = ['redis-server', 'valkey-server'] as const;

/** The project's own `.redis/`, where set-up unpacks one, then PATH. null where there is none that runs. */
export async function findRedisServer(): Promise<RedisServerProgram | null> {
  for (const command of [...projectFolders().map((folder) => join(folder, 'redis-server')), ...NAMES]) {
    const version = await versionOf(command);
    if (version !== null) return { command, version };
  }
  return null;
}

/** `.redis` of the folder that has bench's package.json, from the sources or from dist/. */
function projectFolders(): readonly string[] {
  for (let folder = import.meta.dirname; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return [join(folder, '.redis')];
  }
  return [];
}

async function versionOf(command: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(command, ['--version'], { timeout: 10_000 });
    return /v=(\S+)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}
