import type { Command } from 'commander';
import { interleave, type BlockPlace, type InterleaveOptions } from '../../studies/comparison/run-interleaved.ts';
import { usageError } from '../../model/errors.ts';
import { defaultGateNames, gatesOf } from '../../studies/comparison/gates.ts';
import { expectedOverheadSeconds } from '../../studies/capacity/profile.ts';
import { expectedSeconds, NOISE_PAIRS } from '../../studies/comparison/next-pair.ts';
import { hasPython } from '../../model/servers.ts';
import { effectText, resolvedEffects, tooFewPairs } from '../../studies/comparison/interleaved-result.ts';
import type { SideName } from '../../result/comparison-result.ts';
import type { RunRequest } from '../../result/request.ts';
import { paragraph } from '../../report/paragraph.ts';
import { formatSeconds } from '../../report/seconds.ts';
import { ensureWritable } from '../../store/write.ts';
import { sideRequest, namedScenario, shownArgs, shownRunWords, wordsOf, type SideOptions } from '../sides.ts';
import { countOption, readCount } from '../count-option.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { Progress } from '../progress.ts';
import { withOrigin } from '../settings.ts';
import { shownCommand } from '../shown-command.ts';
import { sayNote } from '../note.ts';
import { readTimeBudgetMs } from '../time-budget.ts';
import { exitCodeOf, readQuestion, showCompare, type CompareOptions } from '../compare-options.ts';

const PAIRS = countOption('pairs', 2, 200, 10, 'pairs before the first look');
const MAX_PAIRS = countOption('max-pairs', 2, 200, 20, 'pairs at the most');

interface Raw extends CompareOptions {
  readonly base?: string;
  readonly head?: string;
  readonly args?: string;
  readonly baseArgs?: string;
  readonly headArgs?: string;
  readonly pairs: string;
  readonly maxPairs: string;
  readonly timeBudget?: string;
}

/** `bench compare --interleave`: base and head interleaved, until it is decided. */
export async function interleaveCommand(command: Command, options: CompareOptions, context: ProgramContext): Promise<ExitCode> {
  const { output, interruption } = context;
  const raw: Raw = command.opts();
  const { base, head } = readSides(raw);
  const { alpha, minEffects, gateNames } = readQuestion(command, options);
  const pairs = withOrigin(command, 'pairs', () => readCount(PAIRS, raw.pairs));
  const maxPairs = Math.max(
    pairs,
    withOrigin(command, 'maxPairs', () => readCount(MAX_PAIRS, raw.maxPairs)),
  );
  const timeBudgetMs = withOrigin(command, 'timeBudget', () => readTimeBudgetMs(raw.timeBudget));
  const scenario = await namedScenario(typeof raw.interleave === 'string' ? raw.interleave : 'fanout');
  const notice = (text: string): void => sayNote(output, text);
  const shared = [...command.args, ...wordsOf(raw.args)];
  const ours = await sideRequest('base', scenario, shared, base, notice);
  const theirs = await sideRequest('head', scenario, shared, head, notice);
  const commandLine = shownCommand(command, shownRunWords(scenario, command.args), {
    args: shownArgs(scenario, raw.args),
    baseArgs: shownArgs(scenario, raw.baseArgs),
    headArgs: shownArgs(scenario, raw.headArgs),
  });
  if (timeBudgetMs !== null) checkBudget(timeBudgetMs, pairs, { base: ours.request, head: theirs.request });
  await ensureWritable(options.out);
  const progress = new Progress(output, options.quiet === true, 'runs');
  const done = await interleave(
    {
      base: { ...ours.request, command: commandLine },
      head: { ...theirs.request, command: commandLine },
      sides: { base: ours.side, head: theirs.side },
      design: { interleaved: true, pairs, maxPairs, alpha },
      timeBudgetMs,
      gatesOf: (result) => gatesOf(result, gateNames ?? defaultGateNames(result), minEffects),
    },
    watch(context, options, progress, { pairs, maxPairs }),
  ).finally(() => progress.end());
  if (done !== null) showCompare(done.result, done.path, options, output);
  if (done?.unsaved) throw done.unsaved;
  return interruption.exitCode ?? (done === null ? EXIT.invalid : exitCodeOf(done.result.verdict, options));
}

/** Refuses a budget that is not enough for the pairs, before the first of them. */
function checkBudget(budgetMs: number, pairs: number, { base, head }: Readonly<Record<SideName, RunRequest>>): void {
  const blockSeconds = ({ plan, servers }: RunRequest): number =>
    plan.durationMs / 1000 + expectedOverheadSeconds(plan.processes, hasPython(servers), plan.warmupMs / 1000);
  const { look, confirmation } = expectedSeconds({ pairs }, { base: blockSeconds(base), head: blockSeconds(head) });
  if (budgetMs / 1000 >= look) return;
  throw usageError(
    `--time-budget ${formatSeconds(budgetMs / 1000)} is not enough for ${pairs} pairs: they take about ${formatSeconds(look)}`,
    `${NOISE_PAIRS} pairs of base with itself come first, and to confirm a regression takes ${formatSeconds(confirmation)} more. Give a longer --time-budget, fewer --pairs or a shorter --duration.`,
  );
}

function readSides(raw: Raw): { readonly base: SideOptions; readonly head: SideOptions } {
  const base = { subject: raw.base, args: raw.baseArgs };
  const head = { subject: raw.head, args: raw.headArgs };
  const isNamed = (side: SideOptions): boolean => side.subject !== undefined || side.args !== undefined;
  if (isNamed(base) || isNamed(head)) {
    if ((base.subject === undefined) === (head.subject === undefined)) return { base, head };
    throw usageError(`--${base.subject === undefined ? 'head' : 'base'} has no other side`, 'Give both --base and --head.');
  }
  throw usageError(
    'there is nothing that differs between base and head',
    "Give --base and --head (checkouts with --app, or layer modules), or --base-args '--layer redis' --head-args '--layer redis-fast'.",
  );
}

/** What a person sees of it on the way: progress, what the design can find, pairs that are run again. */
function watch(
  { output, interruption }: ProgramContext,
  options: CompareOptions,
  progress: Progress,
  { pairs, maxPairs }: { readonly pairs: number; readonly maxPairs: number },
): InterleaveOptions {
  const say = (text: string): void => {
    if (options.quiet === true) return;
    progress.end();
    output.err(paragraph('', text, output.errStyle));
  };
  const of = { noise: '', comparison: ` of ${pairs}${maxPairs > pairs ? ` to ${maxPairs}` : ''}`, confirmation: ` of ${pairs}` };
  return {
    outDir: options.out,
    stop: interruption.signal,
    onEvent: (event) => progress.onEvent(event),
    onBlock: (place) => progress.begin(`${blockText(place)}${of[place.round]}`),
    onNoise: (course, blocks, secondsPerPair) => {
      const found = resolvedEffects(course, blocks, maxPairs).map(({ gate, effect }) => `${gate.name} ${effectText(effect)}`);
      const [least, most] = [pairs, maxPairs + pairs].map((count) => formatSeconds(count * secondsPerPair));
      const tooFew = tooFewPairs(course, maxPairs);
      if (tooFew !== null) say(`${tooFew}; take more --pairs`);
      else if (found.length > 0) say(`base against itself says what ${maxPairs} pairs can find, nine times in ten: ${found.join(', ')}`);
      say(`${pairs} to ${maxPairs} pairs, and ${pairs} more to confirm a regression: ${least} to ${most}`);
    },
    onRepeat: (place, reasons) => say(`${blockText(place)} is not valid and will be run again: ${reasons.join('; ')}`),
  };
}

function blockText({ round, pair, arm }: BlockPlace): string {
  const what = round === 'noise' ? 'base with itself' : round === 'confirmation' ? `${arm}, confirming` : arm;
  return `${what}, pair ${pair + 1}`;
}
