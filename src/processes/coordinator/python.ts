import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environmentError } from '../../core/errors.ts';
import { inheritedEnvironment } from '../../observe/inherited-environment.ts';
import { PACKAGE_ROOT } from '../../observe/package-root.ts';

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

const NEEDS: Readonly<Record<'daphne' | 'uvicorn', readonly PythonPackage[]>> = {
  daphne: ['django', 'channels', 'daphne'],
  uvicorn: ['django', 'channels', 'uvicorn', 'websockets'],
};

/** The interpreter that was named, or the first that imports channels: PATH's, the system's, and that with the packages of set-up. */
export function findPython(named: string | null): Promise<Python | null> {
  let search = searches.get(named);
  if (search === undefined) searches.set(named, (search = lookFor(named)));
  return search;
}

/** A matrix asks for every point: what was found once is there. */
const searches = new Map<string | null, Promise<Python | null>>();

async function lookFor(named: string | null): Promise<Python | null> {
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
    const versions = await probe(command, packages);
    if (versions !== null && (versions.channels !== null || named !== null)) return { command, packages, versions };
  }
  return null;
}

/** The same, or an environment error that says what is missing. */
export async function requirePython(named: string | null, kind: 'daphne' | 'uvicorn', usesRedis: boolean): Promise<Python> {
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

/** null where the command is no Python. */
function probe(command: string, packages: string): Promise<Python['versions'] | null> {
  return new Promise((resolve) => {
    const child = spawn(command, ['-c', PROBE], {
      env: inheritedEnvironment(packages === '' ? {} : { PYTHONPATH: packages }),
      stdio: ['ignore', 'pipe', 'ignore'],
      // Not `timeout`: its timer outlives a command that does not exist, and bench with it.
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', () => resolve(null));
    child.on('close', () => {
      try {
        resolve(JSON.parse(output) as Python['versions']);
      } catch {
        resolve(null);
      }
    });
  });
}
