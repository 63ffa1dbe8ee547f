import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Argument, type Command } from 'commander';
import { environmentError, messageOf, usageError } from '../../model/errors.ts';
import { PACKAGE_ROOT, TOOL_VERSION } from '../../platform/package-root.ts';
import type { ProgramContext } from '../program-context.ts';
import { missingName, unknownName } from '../suggest.ts';
import type { Output } from '../terminal.ts';

const CONSUMER = 'layerbench_consumer.py';

const WORDS = ['scenario', 'django', 'ci'];
const CI_SYSTEMS = ['github', 'gitlab', 'jenkins'] as const;
type CiSystem = (typeof CI_SYSTEMS)[number];

/** A file that makes every proposed change a comparison: its template below templates/ci, its place in a project, what comes next. */
interface CiFile {
  readonly template: string;
  readonly file: string;
  readonly next: string;
}

const CI_FILES: Readonly<Record<CiSystem, CiFile>> = {
  github: { template: 'github.yml', file: '.github/workflows/layerbench.yml', next: 'commit it: it runs on every pull request' },
  gitlab: {
    template: 'gitlab.yml',
    file: 'layerbench.gitlab-ci.yml',
    next: 'include it in .gitlab-ci.yml: it runs on every merge request\n\n  include:\n    - local: layerbench.gitlab-ci.yml',
  },
  jenkins: { template: 'Jenkinsfile', file: 'Jenkinsfile.layerbench', next: 'make it the script of a multibranch pipeline' },
};

/** `bench init`: files to begin with. */
export function addInitCommand(init: Command, { output }: ProgramContext): void {
  init
    .usage('scenario <name> | django | ci [system]')
    .helpCommand(false)
    .addArgument(new Argument('[command]'))
    .action((word: string | undefined) => {
      if (word === undefined) throw missingName('bench init', 'command', WORDS);
      throw unknownName('command of bench init', word, WORDS);
    });
  init
    .command('scenario')
    .description('write a commented scenario of your own, <name>.ts')
    .argument('<name>', 'such as my-scenario')
    .action((name: string) => initScenario(name, output));
  init
    .command('django')
    .description('write the consumer that a Django Channels project needs to be measured')
    .action(() => initDjango(output));
  init
    .command('ci')
    .description('write a workflow that compares every proposed change with its base, in turn, in one job')
    .argument('[system]', `${CI_SYSTEMS.join(', ')} (default: "github")`)
    .action((system: string | undefined) => initCi(system ?? 'github', output));
}

/** Writes a commented scenario into the working directory. Never overwrites a file. */
async function initScenario(name: string, { show }: Output): Promise<void> {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw usageError(`'${name}' is no name of a scenario`, 'Use lower-case letters, digits and dashes, such as my-scenario.');
  const file = `${name}.ts`;
  const template = await readFile(join(PACKAGE_ROOT, 'templates/scenario.ts'), 'utf8');
  await writeNew(file, template.replaceAll('my-scenario', name));
  show(`${file} is written. Next:\n  bench explain ./${file}\n  bench run ./${file} --layer memory,redis\n`);
}

/** Writes the consumer that a Django Channels project needs to be measured. */
async function initDjango({ show }: Output): Promise<void> {
  await writeNew(CONSUMER, await readFile(join(PACKAGE_ROOT, 'servers/django', CONSUMER), 'utf8'));
  show(`${CONSUMER} is written. Next, at the end of the project's asgi.py:

  from layerbench_consumer import mount
  application = mount(application)

and, where that is portal/asgi.py,

  bench run fanout --server daphne --app portal.asgi:application --processes 4

Its channel layer is what CHANNEL_LAYERS of the project says. To let bench
choose the layer of each run, with --layer, at the end of the settings:

  if "LAYERBENCH_CHANNEL_LAYERS" in os.environ:
      CHANNEL_LAYERS = json.loads(os.environ["LAYERBENCH_CHANNEL_LAYERS"])

The consumer asks nobody for a password: whoever reaches it may publish to
groups of the layer and flood the process. So mount() does nothing unless
LAYERBENCH_PROCESS_INDEX is set. Bench sets it for what it starts itself, on
127.0.0.1. For --url you start the servers, with LAYERBENCH_PROCESS_INDEX=0 for
the first one, 1 for the second: on loopback, and never in production.
`);
}

/** Writes a workflow where its system looks for it. It names this version of bench; whose copy of it is for the user to say. */
async function initCi(system: string, { show }: Output): Promise<void> {
  const known = CI_SYSTEMS.find((name) => name === system);
  if (known === undefined) throw unknownName('CI system', system, CI_SYSTEMS);
  const { template, file, next } = CI_FILES[known];
  const text = await readFile(join(PACKAGE_ROOT, 'templates/ci', template), 'utf8');
  // Where it cannot be made, the file cannot be written.
  await mkdir(dirname(file), { recursive: true }).catch(() => undefined);
  await writeNew(file, text.replaceAll('LAYERBENCH_VERSION', `v${TOOL_VERSION}`));
  show(`${file} is written. Next:
  put the repository with Layerbench in the place of OWNER/layerbench
  put your application in the place of portal.asgi:application (\`bench init django\` once, on the base branch)
  ${next}
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
