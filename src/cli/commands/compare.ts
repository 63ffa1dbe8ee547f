import type { Command } from 'commander';
import { groupBy } from '../../model/group-by.ts';
import type { CompareResult } from '../../result/comparison-result.ts';
import { worstOf } from '../../studies/comparison/verdict.ts';
import { compareStored, type StoredComparison, type StoredQuestion, type StoredRun } from '../../studies/comparison/stored.ts';
import { compareCapacities, type StoredCapacity } from '../../studies/comparison/stored-capacities.ts';
import type { Environment } from '../../model/environment.ts';
import type { RunIdentity } from '../../result/run-result.ts';
import { usageError } from '../../model/errors.ts';
import { quoted } from '../../model/secret.ts';
import { newRunId, wallClock } from '../../run/run-id.ts';
import { TOOL } from '../../run/assembly/environment.ts';
import { baselineKey, findBaseline } from '../../store/baselines.ts';
import { readResultFiles, type StoredResult } from '../../store/read.ts';
import { exitCodeOf, readQuestion, showCompare, type CompareOptions } from '../compare-options.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting } from '../settings.ts';
import { shellWord, shownCommand } from '../shown-command.ts';

const EXAMPLES = `
Examples:
  bench compare results/before results/after
  bench compare --baseline results/20260114T08*.json
  bench compare before-capacity.json after-capacity.json
  bench compare --interleave --base ./old/layer.js --head ./new/layer.js
  bench compare --interleave rooms --time-budget 10m \\
    --base-args '--layer redis' --head-args '--layer redis-fast'
  bench compare --interleave --base ../main --head . \\
    --app portal.asgi:application --server daphne
  bench compare --interleave --metric capacity --processes 2 \\
    --base-args '--layer redis' --head-args '--layer redis-fast'

With --interleave, every option of \`bench run\` is one of both sides. With
--metric capacity, trials of both sides show what each sustains; then --slo,
--profile and --rate-min of \`bench capacity\` replace --rate and --duration. Of
two capacity searches, too, what each sustains is compared.
Exit: 0 no worse, 5 regression, 7 inconclusive (with --strict; else 0),
4 invalid or no data.
`;

/** `bench compare`: base beside head, with a verdict. */
export function addCompareCommand(compare: Command, context: ProgramContext): void {
  compare
    .argument('[base]', 'result file, or folder of results; or a capacity search')
    .argument('[head]', 'likewise')
    .allowUnknownOption()
    .allowExcessArguments()
    .addOption(
      setting('--baseline', 'compare results with the baselines of their benchmarks; all paths are then of head').conflicts('interleave'),
    )
    .addOption(setting('--interleave [scenario]', 'run base and head in turn, in pairs, with fresh processes: the gate to trust'))
    .addOption(setting('--base <path>', 'checkout of the application (with --app), or layer module, of base'))
    .addOption(setting('--head <path>', 'likewise, of head'))
    .addOption(setting('--args <options>', "options of bench run for both sides, as one text such as '--processes 2'"))
    .addOption(setting('--base-args <options>', "options of bench run for base alone, such as '--layer redis'"))
    .addOption(setting('--head-args <options>', 'likewise, for head'))
    .addOption(setting('--pairs <count>', 'pairs before the first look; by default 10, of a capacity 20'))
    .addOption(setting('--max-pairs <count>', 'pairs at the most, where the first look is inconclusive; by default 20, of a capacity 40'))
    .addOption(setting('--time-budget <duration>', 'end with what there is after so long'))
    .addOption(setting('--metric <name>', 'metric that decides, such as response.p99; repeatable', { repeatable: true }))
    .addOption(setting('--min-effect <metric=percent>', 'smallest change for the worse that counts; repeatable', { repeatable: true }))
    .addOption(setting('--alpha <probability>', 'probability of a false alarm, over all metrics', { default: '0.01' }))
    .addOption(setting('--force', 'compare what is not comparable, invalid or interrupted, with a warning'))
    .addOption(setting('--strict', 'exit 7 where it is inconclusive'))
    .addOption(setting('--out <folder>', 'where results are', { default: 'results' }))
    .addOption(setting('--json', 'print the comparison as JSON'))
    .addOption(setting('--quiet', 'no progress'))
    .addHelpText('after', EXAMPLES);
  compare.action(async () => {
    const options: CompareOptions = compare.opts();
    if (options.interleave === undefined) return context.onExit(await compareFiles(compare, options, context));
    const { interleaveCommand } = await import('./interleave.ts');
    return context.onExit(await interleaveCommand(compare, options, context));
  });
}

/** Results that are there already. */
async function compareFiles(command: Command, options: CompareOptions, { output }: ProgramContext): Promise<ExitCode> {
  const unknown = command.args.find((word) => word.startsWith('-'));
  if (unknown !== undefined)
    throw usageError(
      `unknown option${quoted(unknown.split('=', 1)[0]!)}`,
      'Options of bench run go with --interleave; see `bench compare --help`.',
    );
  const sides = options.baseline === true ? await baselineSides(command.args, options.out) : await namedSides(command.args);
  const { base, head } = sides;
  const { alpha, minEffects, gateNames } = readQuestion(command, options);
  const { benchmarks, vanished, warnings } = sides.compare({ gateNames, minEffects, alpha, force: options.force === true });
  const { environment, run } = head;
  const result: CompareResult = {
    schemaVersion: 1,
    kind: 'compare',
    tool: TOOL,
    run: {
      ...run,
      id: newRunId().id,
      startedAt: wallClock().toISOString(),
      durationSeconds: 0,
      command: shownCommand(command, command.args.map(shellWord)),
      tags: {},
    },
    environment,
    design: { interleaved: false, pairs: null, maxPairs: null, alpha },
    base: { label: base.label, git: base.environment.git },
    head: { label: head.label, git: environment.git },
    benchmarks,
    vanished,
    verdict: worstOf(benchmarks),
    warnings,
  };
  showCompare(result, null, options, output);
  return vanished.length > 0 && options.force !== true ? EXIT.invalid : exitCodeOf(result.verdict, options);
}

/** What one side is called, and where it is from. */
interface Side {
  readonly label: string;
  readonly environment: Environment;
  readonly run: RunIdentity;
}

interface Sides {
  readonly base: Side;
  readonly head: Side;
  readonly compare: (question: StoredQuestion) => StoredComparison;
}

/** Runs beside runs, or a capacity result beside another. */
async function namedSides([base, head, ...rest]: readonly string[]): Promise<Sides> {
  if (base === undefined || head === undefined || rest.length > 0)
    throw usageError(
      'compare takes base and head: two result files, or two folders of results',
      "Write `bench compare BASE HEAD`, `bench compare --baseline FILE…`, or `bench compare --interleave --base-args '…' --head-args '…'`.",
    );
  const [ofBase, ofHead] = [await readResultFiles([base]), await readResultFiles([head])];
  const [capacityOfBase, capacityOfHead] = [onlyCapacity(ofBase), onlyCapacity(ofHead)];
  if (capacityOfBase !== null && capacityOfHead !== null)
    return {
      base: capacitySide(base, capacityOfBase),
      head: capacitySide(head, capacityOfHead),
      compare: (question) => compareCapacities(capacityOfBase, capacityOfHead, question),
    };
  return runSides(base, runsAlone(ofBase), head, runsAlone(ofHead));
}

function runSides(base: string, baseRuns: readonly StoredRun[], head: string, headRuns: readonly StoredRun[]): Sides {
  const side = (label: string, [first]: readonly StoredRun[]): Side => ({ label, ...first!.result });
  return { base: side(base, baseRuns), head: side(head, headRuns), compare: (question) => compareStored(baseRuns, headRuns, question) };
}

/** Results that were read from one path. */
type ReadResults = readonly StoredResult[];

/** The only result, where that is of a capacity search; else null. */
function onlyCapacity([first, ...others]: ReadResults): StoredCapacity | null {
  return first?.result.kind === 'capacity' && others.length === 0 ? { path: first.path, result: first.result } : null;
}

/** Throws for a search without a trial. */
function capacitySide(label: string, { path, result: { environment, run } }: StoredCapacity): Side {
  if (environment === null) throw usageError(`'${path}' has no trial`, 'Compare a search that has measured something.');
  return { label, environment, run };
}

/** Base of every benchmark is its baseline below `<out>/baselines`. Throws a usage error for one that has none. */
async function baselineSides(paths: readonly string[], out: string): Promise<Sides> {
  if (paths.length === 0)
    throw usageError('--baseline is there, and no result', 'Write `bench compare --baseline FILE…`, or a folder of results.');
  const head = runsAlone(await readResultFiles(paths));
  const base: StoredRun[] = [];
  for (const [key, [first]] of groupBy(head, ({ result }) => baselineKey(result))) {
    const runs = await findBaseline(out, first!.result);
    if (runs === null)
      throw usageError(
        `'${first!.path}' has no baseline in '${out}': there is no ${key}`,
        'Save one: `bench baseline save FILE`. It is of one benchmark with the same parameters and options, on one kind of machine.',
      );
    base.push(...runs.map((result) => ({ path: `baseline ${key}`, result })));
  }
  return runSides(`baselines in ${out}`, base, paths.join(' '), head);
}

/** Throws a usage error for what is no run. */
function runsAlone(results: ReadResults): readonly StoredRun[] {
  return results.map(({ path, result }) => {
    if (result.kind === 'run') return { path, result };
    throw usageError(`'${path}' is no run but of kind '${result.kind}'`, 'compare takes results of bench run, or two of bench capacity.');
  });
}
