import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentError, messageOf, usageError } from '../../core/errors.ts';
import { PACKAGE_ROOT } from '../../observe/package-root.ts';
import type { Output } from '../terminal.ts';

const CONSUMER = 'layerbench_consumer.py';

/** `bench init scenario NAME`: writes a commented scenario into the working directory. Never overwrites a file. */
export async function initScenarioCommand(name: string, { out }: Output): Promise<void> {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw usageError(`'${name}' is no name of a scenario`, 'Use lower-case letters, digits and dashes, such as my-scenario.');
  const file = `${name}.ts`;
  const template = await readFile(join(PACKAGE_ROOT, 'templates/scenario.ts'), 'utf8');
  await writeNew(file, template.replaceAll('my-scenario', name));
  out(`${file} is written. Next:\n  bench explain ./${file}\n  bench run ./${file} --layer memory,redis\n`);
}

/** `bench init django`: writes the consumer that a Django Channels project needs to be measured. */
export async function initDjangoCommand({ out }: Output): Promise<void> {
  await writeNew(CONSUMER, await readFile(join(PACKAGE_ROOT, 'servers/django', CONSUMER), 'utf8'));
  out(`${CONSUMER} is written. Next, at the end of the project's asgi.py:

  from layerbench_consumer import mount
  application = mount(application)

and, where that is portal/asgi.py,

  bench run fanout --server daphne --app portal.asgi:application --processes 4

Its channel layer is what CHANNEL_LAYERS of the project says. To let bench choose the layer of each run, with --layer:

  CHANNEL_LAYERS = json.loads(os.environ["LAYERBENCH_CHANNEL_LAYERS"])
`);
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw usageError(`${file} exists already`, 'Remove it first, or go to another folder.', { cause: error });
    throw environmentError(`${file} cannot be written: ${messageOf(error)}`, 'Go to a folder that you may write to.', { cause: error });
  }
}
