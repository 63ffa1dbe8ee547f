import { Argument, type Command } from 'commander';
import { benchmarkName } from '../../result/benchmark.ts';
import { usageError, type BenchError } from '../../model/errors.ts';
import { renderBaseline, renderBaselines } from '../../report/baselines.ts';
import { listBaselines, saveBaselines, type Baseline } from '../../store/baselines.ts';
import { readResultFiles } from '../../store/read.ts';
import { ensureWritable } from '../../store/write.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting } from '../settings.ts';
import { missingName, suggest, unknownName } from '../suggest.ts';
import { sayNote } from '../note.ts';
import type { Output } from '../terminal.ts';
import { validRun, type Purpose } from '../valid-run.ts';

const EXAMPLES = `
Examples:
  bench baseline save results/20260114T08*.json
  bench baseline show fanout/redis/node/p8

Several runs of one benchmark are one baseline. It is kept by scenario, layer,
kind of server, processes, all parameters and options, and the kind of machine.
Commit results/baselines/.
`;

const WORDS = ['save', 'show', 'list'];

/** `bench baseline`: results that later ones are compared with. */
export function addBaselineCommand(baseline: Command, { output }: ProgramContext): void {
  baseline
    .usage('save <file...> | show [key] | list')
    .helpCommand(false)
    .addArgument(new Argument('[command]'))
    .addHelpText('after', EXAMPLES)
    .action((word: string | undefined) => {
      if (word === undefined) throw missingName('bench baseline', 'command', WORDS);
      throw unknownName('command of bench baseline', word, WORDS);
    });
  const subcommand = (name: string, description: string): Command =>
    baseline
      .command(name)
      .description(description)
      .addOption(setting('--out <folder>', 'where results are: baselines are in its folder baselines/', { default: 'results' }));
  subcommand('save', 'keep runs as baselines, in place of those of the same benchmarks')
    .argument('<file...>', 'result files of valid runs, or folders of them')
    .action((paths: readonly string[], { out }: OutOption) => save(paths, out, output));
  subcommand('show', 'show the numbers of a baseline')
    .argument('[key]', 'key or its beginning, or fanout/redis/node/p8; not needed where there is one')
    .action((key: string | undefined, { out }: OutOption) => show(key, out, output));
  subcommand('list', 'show which there are').action(({ out }: OutOption) => list(out, output));
}

const PURPOSE: Purpose = {
  needsRun: 'A baseline is made of result files that bench run wrote.',
  needsValid: 'Run it again: a baseline has to be measured well. Nothing was saved.',
};

interface OutOption {
  readonly out: string;
}

async function save(paths: readonly string[], out: string, output: Output): Promise<void> {
  const runs = (await readResultFiles(paths)).map((stored) => validRun(stored, PURPOSE));
  await ensureWritable(out);
  const keys = await saveBaselines(out, runs);
  const saved = (await listBaselines(out)).filter(({ key }) => keys.includes(key));
  output.show(renderBaselines(saved, output.outStyle));
}

async function show(key: string | undefined, out: string, output: Output): Promise<void> {
  output.show(renderBaseline(chosen(await listBaselines(out), key, out), output.outStyle));
}

async function list(out: string, output: Output): Promise<void> {
  const baselines = await listBaselines(out);
  if (baselines.length === 0) sayNote(output, `${noBaselines(out).message}. ${noBaselines(out).hint}`);
  else output.show(renderBaselines(baselines, output.outStyle));
}

/** The only baseline that fits. Throws a usage error where none or several do. */
function chosen(baselines: readonly Baseline[], key: string | undefined, out: string): Baseline {
  if (baselines.length === 0) throw noBaselines(out);
  const fits = ({ key: own, runs }: Baseline): boolean => key === undefined || own.startsWith(key) || benchmarkName(runs[0]!) === key;
  const [first, ...others] = baselines.filter(fits);
  if (first !== undefined && (others.length === 0 || first.key === key)) return first;
  if (first !== undefined) {
    const keys = [first, ...others].map((baseline) => baseline.key);
    throw usageError(
      key === undefined ? 'there are several baselines: which one?' : `'${key}' fits ${keys.length} baselines`,
      `There are:\n${keys.join('\n')}`,
    );
  }
  const keys = baselines.map((baseline) => baseline.key);
  const meant = suggest(key!, [...keys, ...baselines.map(({ runs }) => benchmarkName(runs[0]!))]);
  throw usageError(`no baseline '${key}'`, `${meant === null ? '' : `Did you mean ${meant}? `}There are:\n${keys.join('\n')}`);
}

function noBaselines(out: string): BenchError {
  return usageError(`there are no baselines in '${out}'`, 'Save some: `bench baseline save FILES`.');
}
