import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BenchError } from '../model/errors.ts';
import { askProgram } from '../platform/ask-program.ts';

/** A Redis server program on this machine. */
export interface RedisServerProgram {
  readonly command: string;
  readonly version: string;
}

const ANSWER_MS = 10_000;
const NAMES = ['redis-server', 'valkey-server'] as const;

/**
 * The project's own `.redis/`, where set-up unpacks one, then PATH. null where there is none that runs. Throws an environment error for
 * one that does not say its version.
 */
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

/** null where it is no server program, or is not there. Throws an environment error where it does not answer. */
export async function versionOf(command: string, deadlineMs: number = ANSWER_MS): Promise<string | null> {
  try {
    const remedy = 'Run it by hand to see why, or use --redis URL.';
    const { output } = await askProgram({ command, args: ['--version'], deadlineMs, remedy });
    return /v=(\S+)/.exec(output.toString())?.[1] ?? null;
  } catch (error) {
    if (error instanceof BenchError) throw error;
    return null;
  }
}
