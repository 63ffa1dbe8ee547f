import type { AsgiKind } from '../../model/servers.ts';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BenchError, environmentError } from '../../model/errors.ts';
import { askProgram } from '../../platform/ask-program.ts';
import { inheritedEnvironment } from '../../platform/inherited-environment.ts';
import { PACKAGE_ROOT } from '../../platform/package-root.ts';

/** An interpreter, and what it can import. */
export interface Python {
  readonly command: string;
  /** Folders of packages beside its own; empty for none. */
  readonly packages: string;
  /** By package; null where it is not there. */
  readonly versions: Readonly<Record<PythonPackage, string | null>> & { readonly python: string };
}

export type PythonPackage = 'django' | 'channels' | 'channels_redis' | 'redis' | 'daphne' | 'uvicorn' | 'websockets';

/** Where set-up unpacks the packages of a system that has them. */
const UNPACKED = join(PACKAGE_ROOT, '.python/root/usr/lib/python3/dist-packages');
const SYSTEM_PYTHON = '/usr/bin/python3';
const PROBE = `
import json, importlib, platform
found = {"python": platform.python_version()}
for name in ("django", "channels", "channels_redis", "redis", "daphne", "uvicorn", "websockets"):
    try:
        found[name] = str(importlib.import_module(name).__version__)
    except Exception:
        found[name] = None
if found["websockets"] is None:
    try:
        found["websockets"] = importlib.import_module("websockets.version").version
    except Exception:
        pass
if found["channels_redis"] is None:
    try:
        importlib.import_module("channels_redis.core")
        from importlib.metadata import version
        found["channels_redis"] = version("channels_redis")
    except Exception:
        pass
print(json.dumps(found))
`;
const PROBE_TIMEOUT_MS = 20_000;

const NEEDS: Readonly<Record<AsgiKind, readonly PythonPackage[]>> = {
  daphne: ['django', 'channels', 'daphne'],
  uvicorn: ['django', 'channels', 'uvicorn', 'websockets'],
};

/**
 * The interpreter that was named, or the first that imports channels: PATH's, the system's, and that with the packages of set-up. Throws
 * an environment error for one that does not answer.
 */
export function findPython(named: string | null, deadlineMs: number = PROBE_TIMEOUT_MS): Promise<Python | null> {
  let search = searches.get(named);
  if (search === undefined) searches.set(named, (search = lookFor(named, deadlineMs)));
  return search;
}

/** A matrix asks for every point: what was found once is there. */
const searches = new Map<string | null, Promise<Python | null>>();

async function lookFor(named: string | null, deadlineMs: number): Promise<Python | null> {
  const candidates =
    named === null
      ? [
          { command: 'python3', packages: '' },
          { command: SYSTEM_PYTHON, packages: '' },
          { command: SYSTEM_PYTHON, packages: UNPACKED },
        ]
      : [{ command: named, packages: '' }];
  for (const { command, packages } of candidates) {
    if (packages !== '' && !existsSync(packages)) continue;
    const versions = await probe(command, packages, deadlineMs);
    if (versions !== null && (versions.channels !== null || named !== null)) return { command, packages, versions };
  }
  return null;
}

/** The same, or an environment error that says what is missing. */
export async function requirePython(named: string | null, kind: AsgiKind, usesRedis: boolean): Promise<Python> {
  const python = await findPython(named);
  const hint =
    'Debian, Ubuntu: `sudo apt-get install python3-django-channels python3-channels-redis daphne python3-uvicorn python3-websockets`\n' +
    'elsewhere: `pip install channels channels_redis daphne uvicorn websockets`, and name the interpreter with --python';
  if (python === null) {
    const what = named === null ? 'there is no Python with Django Channels on this machine' : `${named} cannot be run as a Python`;
    throw environmentError(`--server ${kind}: ${what}`, hint);
  }
  const needed: readonly PythonPackage[] = usesRedis ? [...NEEDS[kind], 'channels_redis'] : NEEDS[kind];
  const missing = needed.filter((name) => python.versions[name] === null);
  if (missing.length > 0) throw environmentError(`--server ${kind}: ${python.command} cannot import ${missing.join(', ')}`, hint);
  return python;
}

/** The environment of a process of an interpreter, with folders of modules and variables of its own. */
export function pythonEnvironment(python: Python, folders: readonly string[], added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = inheritedEnvironment(added);
  const path = [...folders, python.packages, inherited['PYTHONPATH'] ?? ''].filter((folder) => folder !== '').join(delimiter);
  return { ...inherited, PYTHONPATH: path, PYTHONUNBUFFERED: '1' };
}

/** null where the command is no Python. Throws an environment error where it does not answer. */
async function probe(command: string, packages: string, deadlineMs: number): Promise<Python['versions'] | null> {
  try {
    const { output } = await askProgram({
      command,
      args: ['-c', PROBE],
      environment: inheritedEnvironment(packages === '' ? {} : { PYTHONPATH: packages }),
      deadlineMs,
      remedy: 'Run it by hand to see what it waits for, or name another interpreter with --python.',
    });
    return JSON.parse(output.toString()) as Python['versions'];
  } catch (error) {
    if (error instanceof BenchError) throw error;
    return null;
  }
}
