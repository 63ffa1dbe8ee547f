import { definitionMark } from '../../../result/definitions.ts';
import { missingByFate, notDelivered } from '../../../result/metrics.ts';
import type { RunResult } from '../../../result/run-result.ts';
import { formatRatio } from '../../../model/units.ts';
import { FATES } from '../../../model/causes.ts';
import { repeatsTable } from '../../repeats.ts';
import { seriesKey } from '../charts/shapes.ts';
import { renderDataTable, scrolling, statisticCell, textTable, type Cell, type DataTable } from '../data-table.ts';
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
    columns: [
      { label: 'run', unit: 'text' },
      { label: 'delivered', unit: 'perSecond' },
      { label: 'reach', unit: 'ratio' },
      { label: 'lost', unit: 'ratio' },
      { label: 'mostly', unit: 'text' },
      { label: 'response p50', unit: 'us' },
      { label: 'p99', unit: 'us' },
      { label: 'max', unit: 'us' },
      { label: 'transit p99', unit: 'us' },
      { label: 'CPU', unit: 'us' },
      { label: '', unit: 'text' },
    ],
    rows,
  };
}

function numbersOf(result: RunResult): readonly Cell[] {
  const { ledger, throughput, reach, latency, cost } = result;
  const cpu = cost.cpuSecondsPer1000Deliveries;
  const older = definitionMark(result, 'delivered');
  const fates = missingByFate([ledger]);
  return [
    throughput.deliveredPerSecond,
    reach.ratio,
    ledger.expected === 0 ? null : notDelivered(ledger) / ledger.expected,
    fates
      .filter(({ fate }, i) => i === 0 || fate === 'inFlight')
      .map(({ fate, count }, i) => `${i === 0 ? '' : `${formatRatio(count / ledger.expected)} `}${FATES[fate].word}`)
      .join('; '),
    ...(['p50', 'p99', 'max'] as const).map((statistic) => statisticCell(latency.response, statistic)),
    statisticCell(latency.transit, 'p99'),
    cpu === null ? null : cpu * 1e6,
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
