import { definitionMark } from '../../../result/definitions.ts';
import { METRIC_KINDS, RUN_COLUMNS, type HeadlineName, type RunColumn } from '../../../model/metrics.ts';
import { metricOf, missingByFate } from '../../../result/metrics.ts';
import type { RunResult } from '../../../result/run-result.ts';
import { formatRatio } from '../../../model/units.ts';
import { FATES } from '../../../model/causes.ts';
import { repeatsTable } from '../../repeats.ts';
import { seriesKey } from '../charts/shapes.ts';
import { boundedCell, METRIC_UNITS, renderDataTable, scrolling, textTable, type Cell, type Column, type DataTable } from '../data-table.ts';
import type { Section } from '../figure.ts';
import { html } from '../markup.ts';
import type { ReportView } from '../view.ts';

/** Every run in a row, with the line and shape that it has in the charts. */
export function sideBySide({ runs }: Pick<ReportView, 'runs'>): Section | null {
  if (runs.length === 0) return null;
  const table = tableOf(runs.map(({ label, result }) => [label, ...numbersOf(result)]));
  const repeats = repeatsTable(runs.map(({ result }) => result));
  return {
    id: 'side-by-side',
    name: 'Side by side',
    title: runs.length === 1 ? 'In numbers' : 'Side by side',
    intro:
      'Response runs from the time when a message was due until it is at a client; transit is the layer alone. CPU is that of servers and Redis, for 1,000 deliveries. ≥ is before a lower bound: what never arrived would have been slower.',
    body: html`${scrolling(
      renderDataTable(
        table,
        runs.map(({ point }) => seriesKey(point)),
      ),
      table.caption,
    )}${repeats === null ? null : textTable(`Medians, ± ${repeats.meaning} from run to run; valid runs alone${repeats.note}`, repeats.header, repeats.rows)}`,
  };
}

function tableOf(rows: DataTable['rows']): DataTable {
  return {
    name: 'runs',
    caption: 'All runs',
    columns: [{ label: 'run', unit: 'text' }, ...RUN_COLUMNS.flatMap(columnsOf), { label: '', unit: 'text' }],
    rows,
  };
}

interface OwnColumns {
  readonly columns: readonly Column[];
  readonly cells: (result: RunResult) => readonly Cell[];
}

/** Metrics that take other columns than one under their head. */
const OWN_COLUMNS: Readonly<Partial<Record<HeadlineName, OwnColumns>>> = {
  // There is one where nothing was expected, too.
  delivered: {
    columns: [{ label: 'delivered', unit: 'perSecond' }],
    cells: ({ throughput }) => [throughput.deliveredPerSecond],
  },
  loss: {
    columns: [
      { label: 'lost', unit: 'ratio' },
      { label: 'mostly', unit: 'text' },
    ],
    cells: (result) => [metricCell(result, 'loss'), fatesText(result.ledger)],
  },
  cpu: { columns: [{ label: 'CPU', unit: 'us' }], cells: (result) => [metricCell(result, 'cpu')] },
};

function columnsOf({ name, head }: RunColumn): readonly Column[] {
  return OWN_COLUMNS[name]?.columns ?? [{ label: head, unit: METRIC_UNITS[METRIC_KINDS.get(name)!.unit] }];
}

function metricCell(result: RunResult, name: HeadlineName): Cell {
  const { value, censored } = metricOf(result, name)!;
  return boundedCell(value, censored);
}

/** What became of most of what was lost; and of what was in flight. */
function fatesText(ledger: RunResult['ledger']): string {
  return missingByFate([ledger])
    .filter(({ fate }, i) => i === 0 || fate === 'inFlight')
    .map(({ fate, count }, i) => `${i === 0 ? '' : `${formatRatio(count / ledger.expected)} `}${FATES[fate].word}`)
    .join('; ');
}

function numbersOf(result: RunResult): readonly Cell[] {
  const older = definitionMark(result, 'delivered');
  return [
    ...RUN_COLUMNS.flatMap(({ name }) => OWN_COLUMNS[name]?.cells(result) ?? [metricCell(result, name)]),
    [stateOf(result), ...(older === '' ? [] : [`delivered${older}`])].join('; '),
  ];
}

/** Whether the run counts, in words. */
export function stateOf({ run, validity, limits }: RunResult): string {
  if (run.state !== 'completed') return run.state;
  if (!validity.valid) return 'invalid';
  const missed = limits.filter(({ ok }) => !ok).length;
  return missed === 0 ? 'valid' : `${missed} ${missed === 1 ? 'limit' : 'limits'} missed`;
}
