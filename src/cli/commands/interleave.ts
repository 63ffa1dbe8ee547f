import type { Command } from 'commander';
import { interleave, type BlockPlace, type InterleaveOptions } from '../../studies/comparison/run-interleaved.ts';
import { usageError } from '../../model/errors.ts';
import { expectedSeconds, type Course, type Method, type PairLoad } from '../../studies/comparison/next-pair.ts';
import { effectText, resolvedEffects, tooFewPairs } from '../../studies/comparison/resolution.ts';
import { formatMs, formatPerSecond } from '../../model/units.ts';
import { paragraph } from '../../report/paragraph.ts';
import { TRIAL_VERDICTS } from '../../report/capacity-phrases.ts';
import { formatSeconds } from '../../report/seconds.ts';
import { ensureWritable } from '../../store/write.ts';
import { sideRequest, namedScenario, shownArgs, shownRunWords, wordsOf, type SideOptions } from '../sides.ts';
import { readCount } from '../count-option.ts';
import { interleavedKind, type InterleavedKind } from '../interleaved-kinds.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { Progress } from '../progress.ts';
import { withOrigin } from '../settings.ts';
import { shownCommand } from '../shown-command.ts';
import { sayNote } from '../note.ts';
import { readTimeBudgetMs } from '../time-budget.ts';
import { exitCodeOf, readQuestion, showCompare, type CompareOptions } from '../compare-options.ts';

interface Raw extends CompareOptions {
  readonly base?: string;
  readonly head?: string;
  readonly args?: string;
  readonly baseArgs?: string;
  readonly headArgs?: string;
  readonly pairs?: string;
  readonly maxPairs?: string;
  readonly timeBudget?: string;
}

/** `bench compare --interleave`: base and head interleaved, until it is decided. */
export async function interleaveCommand(command: Command, options: CompareOptions, context: ProgramContext): Promise<ExitCode> {
  const { output, interruption } = context;
  const raw: Raw = command.opts();
  const { base, head } = readSides(raw);
  const question = readQuestion(command, options);
  const scenario = await namedScenario(typeof raw.interleave === 'string' ? raw.interleave : 'fanout');
  const kind = interleavedKind(scenario, question);
  const design = readPairs(command, raw, kind);
  const timeBudgetMs = withOrigin(command, 'timeBudget', () => readTimeBudgetMs(raw.timeBudget));
  const notice = (text: string): void => sayNote(output, text);
  const shared = [...command.args, ...wordsOf(raw.args)];
  const ours = await sideRequest('base', kind.grammar, shared, base, notice);
  const theirs = await sideRequest('head', kind.grammar, shared, head, notice);
  const commandLine = shownCommand(command, shownRunWords(kind.grammar, command.args), {
    args: shownArgs(kind.grammar, raw.args),
    baseArgs: shownArgs(kind.grammar, raw.baseArgs),
    headArgs: shownArgs(kind.grammar, raw.headArgs),
  });
  const { goal, blockSeconds, ...asked } = kind.read({ base: ours, head: theirs }, question);
  const expected = expectedSeconds({ ...design, method: asked.method }, blockSeconds);
  if (timeBudgetMs !== null) checkBudget(timeBudgetMs, design.pairs, asked.method, expected);
  await ensureWritable(options.out);
  const progress = new Progress(output, options.quiet === true, 'runs');
  const pairSeconds = blockSeconds.base + blockSeconds.head;
  const watching = watch(context, options, progress, { ...design, method: asked.method });
  if (asked.method.noisePairs(0) === 0) watching.announce(pairSeconds);
  const done = await interleave(
    {
      ...asked,
      base: { ...ours.request, command: commandLine },
      head: { ...theirs.request, command: commandLine },
      sides: { base: ours.side, head: theirs.side },
      design: { interleaved: true, ...design, alpha: question.alpha, ...(goal !== undefined && { goal }) },
      timeBudgetMs,
      pairSeconds,
    },
    watching,
  ).finally(() => progress.end());
  if (done !== null) showCompare(done.result, done.path, options, output);
  if (done?.unsaved) throw done.unsaved;
  return interruption.exitCode ?? (done === null ? EXIT.invalid : exitCodeOf(done.result.verdict, options));
}

/** How many pairs before the first look, and at the most. */
function readPairs(command: Command, raw: Raw, kind: InterleavedKind): Pick<Course, 'pairs' | 'maxPairs'> {
  const read = (name: 'pairs' | 'maxPairs'): number =>
    withOrigin(command, name, () => (raw[name] === undefined ? kind[name].default : readCount(kind[name], raw[name])));
  const pairs = read('pairs');
  return { pairs, maxPairs: Math.max(pairs, read('maxPairs')) };
}

/** Refuses a budget that is not enough for the pairs, before the first of them. */
function checkBudget(budgetMs: number, pairs: number, method: Method, { look, confirmation }: ReturnType<typeof expectedSeconds>): void {
  if (budgetMs / 1000 >= look) return;
  const noise = method.noisePairs(0);
  throw usageError(
    `--time-budget ${formatSeconds(budgetMs / 1000)} is not enough for ${pairs} pairs: they take about ${formatSeconds(look)}`,
    `${noise === 0 ? 'To' : `${noise} pairs of base with itself come first, and to`} confirm a regression takes ${formatSeconds(confirmation)} more. Give a longer --time-budget, fewer --pairs or a shorter ${noise === 0 ? '--profile' : '--duration'}.`,
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
  { pairs, maxPairs, method }: Pick<Course, 'pairs' | 'maxPairs' | 'method'>,
): InterleaveOptions & { readonly announce: (secondsPerPair: number) => void } {
  const say = (text: string): void => {
    if (options.quiet === true) return;
    progress.end();
    output.err(paragraph('', text, output.errStyle));
  };
  const range = (fewest: number, most: number): string => [...new Set([fewest, most])].join(' to ');
  const [fewest, most] = method.confirmationPairs({ pairs, maxPairs });
  const of = { noise: '', comparison: ` of ${range(pairs, maxPairs)}`, confirmation: ` of ${range(fewest, most)}` };
  const announce = (secondsPerPair: number): void => {
    const seconds = [pairs, maxPairs + most].map((count) => formatSeconds(count * secondsPerPair));
    say(`${range(pairs, maxPairs)} pairs, and ${range(fewest, most)} more to confirm a regression: ${seconds.join(' to ')}`);
  };
  return {
    announce,
    outDir: options.out,
    stop: interruption.signal,
    onEvent: (event) => progress.onEvent(event),
    onBlock: (place, load) => progress.begin(`${blockText(place)}${of[place.round]}${loadText(load)}`),
    onPair: (blocks) => {
      const tried = blocks.flatMap(({ arm, trial }) => (trial === undefined ? [] : [{ arm, ...trial }]));
      if (tried.length === 0) return;
      const found = tried.map(({ arm, verdict }) => `${TRIAL_VERDICTS[verdict]} by ${arm}`);
      say(`pair ${blocks[0]!.pair + 1}: ${formatPerSecond(tried[0]!.ratePerSecond)} ${found.join(', ')}`);
    },
    onNoise: (course, blocks, secondsPerPair) => {
      const found = resolvedEffects(course, blocks, maxPairs).map(({ gate, effect }) => `${gate.name} ${effectText(effect)}`);
      const tooFew = tooFewPairs(course, maxPairs);
      if (tooFew !== null) say(`${tooFew}; take more --pairs`);
      else if (found.length > 0) say(`base against itself says what ${maxPairs} pairs can find, nine times in ten: ${found.join(', ')}`);
      announce(secondsPerPair);
    },
    onRepeat: (place, reasons) => say(`${blockText(place)} is not valid and will be run again: ${reasons.join('; ')}`),
  };
}

function loadText(load: PairLoad): string {
  return load.kind === 'trial' ? `: ${formatPerSecond(load.ratePerSecond)} for ${formatMs(load.durationSeconds * 1000)}` : '';
}

function blockText({ round, pair, arm }: BlockPlace): string {
  const what = round === 'noise' ? 'base with itself' : round === 'confirmation' ? `${arm}, confirming` : arm;
  return `${what}, pair ${pair + 1}`;
}
