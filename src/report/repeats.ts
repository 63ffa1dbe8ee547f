import { definitionMark } from '../result/definitions.ts';
import { formatMetric } from '../result/limit-text.ts';
import { atLeast, formatCount, formatNumber, formatRatio } from '../model/units.ts';
import { NARROW_RUN_COLUMNS, type RunColumn } from '../model/metrics.ts';
import { notDelivered } from '../result/metrics.ts';
import { estimateOf, pointsOf, type Estimate } from '../result/repeats.ts';
import type { RunResult } from '../result/run-result.ts';
import { paragraph } from './paragraph.ts';
import { alignmentOf, type OwnCells } from './run-columns.ts';
import type { Style } from './style.ts';
import { renderGroups } from './table.ts';

/** What is tracked from commit to commit varies from run to run, too. */
const COLUMNS: readonly RunColumn[] = NARROW_RUN_COLUMNS.filter(({ isTracked }) => isTracked);

/** Loss is told over all runs: no median of it says how many lost. */
const OWN_CELLS: OwnCells<readonly RunResult[]> = { loss: { head: 'lost', isText: true, cell: lossText } };
const NAMES: readonly string[] = COLUMNS.map(({ name }) => name).filter((name) => !Object.hasOwn(OWN_CELLS, name));

/** What runs of the same point have in common. */
export interface RepeatsTable {
  /** What stands behind ±. */
  readonly meaning: string;
  /** What marks in the cells mean, after a semicolon; empty without marks. */
  readonly note: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Medians over the runs of every point that was run several times, with what they vary by from run to run; null where none was. */
export function repeatsTable(results: readonly RunResult[]): RepeatsTable | null {
  const points = pointsOf(results)
    .map((runs) => runs.filter(({ validity, run }) => validity.valid && run.state === 'completed'))
    .filter((runs) => runs.length > 1);
  if (points.length === 0) return null;
  return {
    meaning: meaningOf(points),
    note: noteOf(points),
    header: ['server', 'layer', 'processes', 'runs', ...COLUMNS.map(({ name, head }) => OWN_CELLS[name]?.head ?? head)],
    rows: points.map((runs) => pointRow(runs)),
  };
}

/** The table of repeats; empty where no point was repeated. Ends with a newline otherwise. */
export function renderRepeats(results: readonly RunResult[], style: Style): string {
  const found = repeatsTable(results);
  if (found === null) return '';
  const arriving = COLUMNS.filter(({ tells }) => tells === 'arrival').length;
  const table = renderGroups(
    [found.header.map((cell) => style.dim(cell)), ...found.rows],
    ['left', 'left', 'right', 'right', ...COLUMNS.map(({ name }) => alignmentOf(OWN_CELLS[name]))],
    style,
    // What names a point; how many runs, and what arrived of them; how fast, how dear.
    { sizes: [3, 1 + arriving, COLUMNS.length - arriving] },
  );
  return `${paragraph('', `${style.bold('medians')}, ± ${found.meaning} from run to run; valid runs alone${found.note}`, style)}${table}`;
}

/** By the values of each estimate, not by the runs: one that delivered nothing has no latency. */
function meaningOf(points: readonly (readonly RunResult[])[]): string {
  const shown = points.flatMap((runs) => NAMES.flatMap((name) => estimateOf(runs, name) ?? []));
  const carrying = shown.filter(({ interval }) => interval !== null).length;
  if (carrying === shown.length) return 'the 95 % interval';
  return carrying === 0 ? 'the range (a 95 % interval takes 6 values)' : 'the 95 % interval, or the range of fewer than 6 values,';
}

function noteOf(points: readonly (readonly RunResult[])[]): string {
  const shown = points.flatMap((runs) => NAMES.flatMap((name) => estimateOf(runs, name) ?? []));
  return [
    ...(shown.some(({ censored }) => censored) ? ['; ≥: a lower bound, since too much never arrived in some run'] : []),
    ...(shown.some(({ count, runs }) => count < runs) ? ['; (3 of 5): only so many runs have a value'] : []),
  ].join('');
}

function pointRow(runs: readonly RunResult[]): readonly string[] {
  const [{ layer, server }] = runs as readonly [RunResult, ...RunResult[]];
  return [
    server.kind,
    layer.name,
    String(server.processes),
    String(runs.length),
    ...COLUMNS.map(({ name }) => OWN_CELLS[name]?.cell(runs) ?? spreadText(runs, name)),
  ];
}

function spreadText(runs: readonly RunResult[], name: string): string {
  const estimate = estimateOf(runs, name);
  if (estimate === null) return '–';
  const { value, unit, censored, count } = estimate;
  const few = count < estimate.runs ? ` (${count} of ${estimate.runs})` : '';
  const mark = runs.map((run) => definitionMark(run, name)).every((text) => text !== '') ? definitionMark(runs[0]!, name) : '';
  return `${atLeast(formatMetric(value, unit), censored)}${mark} ${aroundText(estimate)}${few}`;
}

/** As far as the interval reaches, to the further side. */
function aroundText({ value, interval, range }: Estimate): string {
  if (value === 0) return '';
  const [from, to] = interval ?? range;
  return `±${formatNumber((Math.max(value - from, to - value) / value) * 100, 2)} %`;
}

function lossText(runs: readonly RunResult[]): string {
  const sum = (of: (run: RunResult) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const expected = sum(({ ledger }) => ledger.expected);
  const losing = runs.filter(({ ledger }) => notDelivered(ledger) > 0).length;
  const lost = sum(({ ledger }) => notDelivered(ledger));
  return losing === 0 ? 'none' : `${formatRatio(lost / expected)}, in ${formatCount(losing)} of ${runs.length}`;
}
