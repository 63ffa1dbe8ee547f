import { COUNTS_BESIDE } from '../../../model/metrics.ts';
import type { RunResult } from '../../../result/run-result.ts';
import { formatCount, formatRatio } from '../../../model/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { errorCountText, errorRemedyText } from '../../phrases.ts';
import { FATES, LOSS_CAUSES } from '../../../model/causes.ts';
import { box } from '../charts/frame.ts';
import { BAR_HEIGHT, rowChart, ROWS, type ChartRow } from '../charts/rows.ts';
import { linearScale } from '../charts/scales.ts';
import { renderDataTable, scrolling } from '../data-table.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { html, type Html } from '../markup.ts';
import { delivering, type ReportView } from '../view.ts';

/** A step of the waterfall: from everything that was expected down to what was delivered. */
interface Step {
  readonly name: string;
  readonly meaning: string;
  readonly kind: 'expected' | 'loss' | 'flight' | 'delivered';
  readonly count: number;
  /** What is left before and after it. */
  readonly from: number;
  readonly to: number;
}

/** The account of every run: where its deliveries went. */
export function ledger({ detailed, runs }: ReportView): Section | null {
  const shown = delivering(detailed);
  if (shown.length === 0) return null;
  return {
    id: 'ledger',
    name: 'Ledger',
    title: 'Where the deliveries went',
    intro:
      'Every expected delivery has exactly one fate, found by two counts that must agree: it was delivered, lost by one cause, or still in flight at the end.',
    body: html`${figureGrid(shown.map(figureOf))}${besides(delivering(runs))}${errors(runs)}`,
  };
}

/** expected, then each cause that took some, then what was in flight, then delivered. */
export function stepsOf({ ledger: account }: RunResult): readonly Step[] {
  const { expected, delivered, inFlight, lost } = account;
  let left = expected;
  const taken = (name: string, meaning: string, kind: Step['kind'], count: number): Step => {
    const from = left;
    left -= count;
    return { name, meaning, kind, count, from, to: left };
  };
  return [
    { name: 'expected', meaning: 'one for each message and member', kind: 'expected', count: expected, from: 0, to: expected },
    ...LOSS_CAUSES.filter((cause) => lost[cause] > 0).map((cause) => taken(FATES[cause].word, FATES[cause].label, 'loss', lost[cause])),
    ...(inFlight === 0 ? [] : [taken(FATES.inFlight.word, FATES.inFlight.label, 'flight', inFlight)]),
    { name: 'delivered', meaning: 'arrived at the client', kind: 'delivered', count: delivered, from: 0, to: delivered },
  ];
}

function figureOf({ label, result }: LabelledRun): Figure {
  const steps = stepsOf(result);
  const { expected, balanced } = result.ledger;
  const losses = steps.filter(({ kind }) => kind === 'loss' || kind === 'flight');
  const account = balanced ? '' : ' The account does not balance.';
  return {
    title: label,
    summary: `${losses.length === 0 ? `Nothing lost of ${formatCount(expected)}` : losses.map(({ meaning, count }) => `${formatRatio(count / expected)} ${meaning}`).join('; ')}.${account}`,
    chart: rowChart(steps.map((step) => rowOf(step, expected))),
    data: {
      name: `ledger-${result.run.id}`,
      caption: `${label}: expected deliveries by fate`,
      columns: [
        { label: 'fate', unit: 'text' },
        { label: 'deliveries', unit: 'count' },
        { label: 'share', unit: 'ratio' },
        { label: 'meaning', unit: 'text' },
      ],
      rows: steps.map(({ name, count, meaning }) => [name, count, count / expected, meaning]),
    },
  };
}

/** Bars are wide enough to be seen, however small their share. */
const LEAST_WIDTH = 2;

function rowOf({ name, kind, count, from, to, meaning }: Step, expected: number): ChartRow {
  const x = linearScale([0, expected], [ROWS.left, ROWS.right], 2);
  const [left, right] = [x.at(Math.min(from, to)), x.at(Math.max(from, to))];
  const width = count === 0 ? 0.5 : Math.max(LEAST_WIDTH, right - left);
  const title = `${name}  ${formatCount(count)}\n${formatRatio(count / expected)} of expected\n${meaning}`;
  return {
    label: kind === 'loss' ? `− ${name}` : name,
    value: formatCount(count),
    marks: (y) =>
      box(
        { x: Math.min(left, ROWS.right - width), y: y - BAR_HEIGHT / 2, width, height: BAR_HEIGHT },
        kind === 'loss' ? 'lost' : kind,
        title,
      ),
  };
}

/** What is counted beside the account; only what there is. */
function besides(runs: readonly LabelledRun[]): Html | null {
  const names = COUNTS_BESIDE.filter((name) => runs.some(({ result }) => result.ledger[name] > 0));
  if (names.length === 0) return null;
  const caption = 'Counted beside the account';
  const columns = [{ label: 'run', unit: 'text' as const }, ...names.map((label) => ({ label, unit: 'count' as const }))];
  const rows = runs.map(({ label, result }) => [label, ...names.map((name) => result.ledger[name])]);
  return scrolling(renderDataTable({ name: 'besides', caption, columns, rows }), caption);
}

/** What was said of what was refused or ended: of what the losses by these causes are. */
function errors(runs: readonly LabelledRun[]): Html | null {
  const told = runs.flatMap(({ label, result }) => (result.errors ?? []).map((error) => ({ label, error })));
  if (told.length === 0) return null;
  const caption = 'What was said of errors';
  const columns = [
    { label: 'run', unit: 'text' as const },
    { label: 'what happened', unit: 'text' as const },
    { label: 'what was said', unit: 'text' as const },
    { label: 'what to do', unit: 'text' as const },
  ];
  const rows = told.map(({ label, error }) => [label, errorCountText(error), error.text, errorRemedyText(error)]);
  return scrolling(renderDataTable({ name: 'errors', caption, columns, rows }), caption);
}
