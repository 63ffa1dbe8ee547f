import { CAPACITY_METRIC } from '../../model/metrics.ts';
import type { Command } from 'commander';
import { BenchError, usageError } from '../../model/errors.ts';
import { canonicalName } from '../../studies/comparison/gates.ts';
import { historyOf, type History, type LeftOut } from '../../studies/history/history.ts';
import { type HistoryEntry, NOTES_REF, readBranch, readNotes } from '../../store/git-results.ts';
import { commitFacts } from '../../store/git-repository.ts';
import type { CommitFacts } from '../../model/commit-facts.ts';
import { LIMIT_METRICS } from '../../result/limits.ts';
import { parsePercentRatio } from '../../model/units.ts';
import { renderHistory } from '../../report/history.ts';
import { readResultFiles } from '../../store/read.ts';
import { countOption, readCount } from '../count-option.ts';
import { EXIT } from '../exit-codes.ts';
import { readProbability } from '../probability-option.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting, withOrigin } from '../settings.ts';
import { suggest } from '../suggest.ts';
import { sayNote } from '../note.ts';
import type { Output } from '../terminal.ts';

const WINDOW = countOption('window', 4, 10_000, 50, 'values that are looked at together');
const EXAMPLES = `
Examples:
  bench history
  bench history nightly/ --metric response.p99 --min-magnitude 5%
  bench history --notes --fail-on-regression
  bench history --branch bench-results:main --json

A point is a commit. Keep results as git notes, one or more for each commit:
  git notes --ref=${NOTES_REF} append -F results/FILE.json COMMIT
  git push origin refs/notes/${NOTES_REF}
`;

interface HistoryCommandOptions {
  readonly metric?: readonly string[];
  readonly notes?: string | true;
  readonly branch?: string;
  readonly maxPValue: string;
  readonly minMagnitude: string;
  readonly window: string;
  readonly failOnRegression?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

/** `bench history`: results as a series per benchmark, with its change points. */
export function addHistoryCommand(history: Command, { output, onExit }: ProgramContext): void {
  history
    .argument('[path...]', 'result files, or folders of them; by default those of --out, unless --notes or --branch is given')
    .addOption(setting('--metric <name>', 'metric to follow, such as transit.p99; repeatable', { repeatable: true }))
    .addOption(setting('--notes [ref]', `results in git notes, by default those under ${NOTES_REF}`))
    .addOption(setting('--branch <name>', 'results on a branch; below a folder of it: name:folder'))
    .addOption(setting('--max-p-value <probability>', 'probability of a false alarm, for each change', { default: '0.001' }))
    .addOption(setting('--min-magnitude <percent>', 'changes up to this are not told', { default: '0%' }))
    .addOption(setting('--window <count>', WINDOW.help, { default: String(WINDOW.default) }))
    .addOption(setting('--fail-on-regression', 'exit 5 where the last change of a metric is a regression'))
    .addOption(setting('--out <folder>', 'where results are', { default: 'results' }))
    .addOption(setting('--json', 'print the series and their changes as JSON'))
    .addHelpText('after', EXAMPLES);
  history.action(async (paths: readonly string[]) => {
    const found = await historyCommand(history, paths, history.opts(), output);
    const isWorse = found.series.some(({ metrics }) => metrics.some(({ changes }) => changes.at(-1)?.kind === 'regression'));
    onExit(isWorse && history.opts<HistoryCommandOptions>().failOnRegression === true ? EXIT.regression : EXIT.ok);
  });
}

async function historyCommand(
  command: Command,
  paths: readonly string[],
  options: HistoryCommandOptions,
  output: Output,
): Promise<History> {
  const maxPValue = withOrigin(command, 'maxPValue', () => readProbability('max-p-value', options.maxPValue, 0.2, '0.001'));
  const minMagnitude = withOrigin(command, 'minMagnitude', () => Math.max(0, parsePercentRatio(options.minMagnitude)));
  const window = withOrigin(command, 'window', () => readCount(WINDOW, options.window));
  const metrics = (options.metric ?? []).flatMap((names) => names.split(',')).map((name) => canonicalName(name.trim()));
  const say = (notice: string): void => sayNote(output, notice);
  const entries = await readEntries(paths, options, say);
  checkMetrics(metrics, entries);
  const history = historyOf(entries, { maxPValue, minMagnitude, window, metrics });
  sayLeftOut(history.leftOut, say);
  if (history.series.length === 0) throw nothingToShow(history, metrics);
  const shas = history.series.flatMap(({ points }) => points.flatMap(({ git }) => git?.sha ?? []));
  const commits = await commitFacts(process.cwd(), [...new Set(shas)]);
  if (options.json === true) output.out(`${JSON.stringify(historyDocument(history, commits), null, 2)}\n`);
  else output.show(renderHistory(history, { commits, maxPValue }, output.outStyle));
  return history;
}

/** Results of all the sources that are named. */
async function readEntries(
  paths: readonly string[],
  { notes, branch, out }: HistoryCommandOptions,
  say: (notice: string) => void,
): Promise<readonly HistoryEntry[]> {
  const folder = process.cwd();
  const named = paths.length > 0 || notes !== undefined || branch !== undefined ? paths : [out];
  const files = (await readResultFiles(named)).map(({ result }) => ({ result, commit: null }));
  const ofNotes = notes === undefined ? [] : await readNotes(folder, notes === true ? NOTES_REF : notes);
  if (branch === undefined) return [...ofNotes, ...files];
  const { entries, others } = await readBranch(folder, branch);
  if (others > 0) say(`left out: ${others} JSON ${others === 1 ? 'file' : 'files'} of ${branch}, no result`);
  return [...ofNotes, ...files, ...entries];
}

/** Throws a usage error for a metric that no result can have. */
function checkMetrics(names: readonly string[], entries: readonly HistoryEntry[]): void {
  const measures = entries.flatMap(({ result }) => (result.kind === 'run' ? result.measures.map(({ name }) => name) : []));
  const compared = entries.flatMap(({ result }) =>
    result.kind === 'compare' ? result.benchmarks.flatMap((benchmark) => benchmark.metrics.map(({ name }) => name)) : [],
  );
  const searched = entries.some(({ result }) => result.kind === 'capacity') ? [CAPACITY_METRIC] : [];
  const known = [...new Set([...LIMIT_METRICS, ...measures, ...compared, ...searched])];
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = suggest(name, known);
    throw usageError(
      `unknown metric '${name}'`,
      `${meant === null ? '' : `Did you mean ${meant}? `}Such as response.p99, transit.p50, delivered, loss, cpu${measures.length === 0 ? '' : `, ${[...new Set(measures)].join(', ')}`}.`,
    );
  }
}

const BEYOND = 'too much never arrived, which loss tells of';

function sayLeftOut({ runs, capacities, comparisons, lowerBounds }: LeftOut, say: (notice: string) => void): void {
  if (runs > 0) say(`left out: ${runs} ${runs === 1 ? 'run' : 'runs'}, invalid or not completed`);
  if (capacities > 0) say(`left out: ${capacities} ${capacities === 1 ? 'capacity' : 'capacities'} without both bounds`);
  if (comparisons > 0) {
    const [subject, verb] = comparisons === 1 ? ['comparison', 'has'] : ['comparisons', 'have'];
    say(`left out: ${comparisons} ${subject} whose base no other commit ${verb}; ratios need a pinned base`);
  }
  if (lowerBounds > 0)
    say(`left out: ${lowerBounds} ${lowerBounds === 1 ? 'value that is' : 'values that are'} only known to be ≥: ${BEYOND}`);
}

function nothingToShow({ leftOut }: History, metrics: readonly string[]): BenchError {
  if (metrics.length > 0) {
    const bounds = leftOut.lowerBounds > 0 ? ` but lower bounds: ${BEYOND}` : '';
    return new BenchError('invalid', `no result has data of ${metrics.join(', ')}${bounds}`, 'Name another --metric, such as loss.');
  }
  const why = Object.values(leftOut).some((count) => count > 0) ? ': all results are left out' : '';
  return new BenchError('invalid', `there is nothing to show${why}`, 'Give results of valid runs: bench run writes them.');
}

/** What --json prints. */
function historyDocument({ series, leftOut }: History, commits: ReadonlyMap<string, CommitFacts>): object {
  const pointsOf = (one: History['series'][number]): object[] =>
    one.points.map((point) => ({ ...point, commit: (point.git === null ? undefined : commits.get(point.git.sha)) ?? null }));
  return { schemaVersion: 1, kind: 'history', series: series.map((one) => ({ ...one, points: pointsOf(one) })), leftOut };
}
