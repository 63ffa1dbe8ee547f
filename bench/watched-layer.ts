import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../src/platform/package-root.ts';
import { findPython, pythonEnvironment } from '../src/run/systems/python.ts';

/** What the watch of the Django consumer costs the in-memory layer of upstream, side by side in one process. Goal: at most 1.05 times. */
const python = await findPython(null);
if (python === null) throw new Error('there is no Python with Django Channels');
const folders = [join(PACKAGE_ROOT, 'servers/django')];
const script = join(PACKAGE_ROOT, 'bench/watched-layer.py');
spawnSync(python.command, [script], { env: pythonEnvironment(python, folders, {}), stdio: 'inherit' });
