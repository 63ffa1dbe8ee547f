import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentError, messageOf, usageError } from '../../core/errors.ts';
import { PACKAGE_ROOT } from '../../observe/package-root.ts';
import type { Output } from '../terminal.ts';

/** `bench init scenario NAME`: writes a commented scenario into the working directory. Never overwrites a file. */
export async function initScenarioCommand(name: string, { out }: Output): Promise<void> {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw usageError(`'${name}' is no name of a scenario`, 'Use lower-case letters, digits and dashes, such as my-scenario.');
  const file = `${name}.ts`;
  const template = await readFile(join(PACKAGE_ROOT, 'templates/scenario.ts'), 'utf8');
  try {
    await writeFile(file, template.replaceAll('my-scenario', name), { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw usageError(`${file} exists already`, 'Give another name, or remove it first.', { cause: error });
    throw environmentError(`${file} cannot be written: ${messageOf(error)}`, 'Go to a folder that you may write to.', { cause: error });
  }
  out(`${file} is written. Next:\n  bench explain ./${file}\n  bench run ./${file} --layer memory,redis\n`);
}
