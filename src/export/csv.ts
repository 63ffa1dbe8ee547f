import { benchmarkName } from '../result/benchmark.ts';
import { METRIC_KINDS } from '../model/metrics.ts';
import { metricOf, type MetricValue } from '../result/metrics.ts';
import type { RunResult } from '../result/run-result.ts';
import { csvText, type CsvCell } from './csv-text.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { columnOf, quantityOf } from './quantities.ts';

/*
 * One row for each run, for spreadsheets and data frames (RFC 4180): what it was, every metric, then the measures,
 * parameters and tags that any of the runs has. What has no data is empty.
 */

/** `p99` is `response.p99`, and stands there once. */
const METRIC_NAMES: readonly string[] = [...METRIC_KINDS.values()]
  .filter(({ source, shortFor }) => source.from !== 'measure' && shortFor === undefined)
  .map(({ name }) => name);

interface Column {
  readonly header: string;
  readonly cell: (run: RunResult) => CsvCell;
}

const FACTS: readonly Column[] = [
  { header: 'run_id', cell: ({ run }) => run.id },
  { header: 'started_at', cell: ({ run }) => run.startedAt },
  { header: 'duration_s', cell: ({ run }) => run.durationSeconds },
  // Empty where `delivered` is of the phase, as it was counted before.
  { header: 'delivery_s', cell: ({ throughput }) => throughput.deliverySeconds ?? null },
  { header: 'state', cell: ({ run }) => run.state },
  { header: 'valid', cell: ({ validity }) => validity.valid },
  { header: 'limits_missed', cell: ({ limits }) => limits.filter(({ ok }) => !ok).length },
  { header: 'lower_bounds', cell: lowerBounds },
  { header: 'benchmark', cell: benchmarkName },
  { header: 'scenario', cell: ({ scenario }) => scenario.name },
  { header: 'layer', cell: ({ layer }) => layer.name },
  { header: 'server', cell: ({ server }) => server.kind },
  { header: 'processes', cell: ({ server }) => server.processes },
  { header: 'drivers', cell: ({ drivers }) => drivers },
  { header: 'commit', cell: ({ environment }) => environment.git?.sha ?? null },
  { header: 'commit_dirty', cell: ({ environment }) => environment.git?.dirty ?? null },
  { header: 'fingerprint', cell: ({ environment }) => environment.fingerprint },
  { header: 'tool_version', cell: ({ tool }) => tool.version },
];

export function renderCsv({ runs }: ExportInput): Exported {
  const measures = namesOf(runs, (run) => run.measures.map(({ name }) => name)).filter((name) => !METRIC_NAMES.includes(name));
  const columns = [
    ...FACTS,
    ...[...METRIC_NAMES, ...measures].map((name) => metricColumn(name, runs)),
    ...namesOf(runs, ({ scenario }) => Object.keys(scenario.parameters)).map((name): Column => ({
      header: `parameter.${name}`,
      cell: ({ scenario }) => scenario.parameters[name] ?? null,
    })),
    ...namesOf(runs, ({ layer }) => Object.keys(layer.options)).map((name): Column => ({
      header: `layer_option.${name}`,
      cell: ({ layer }) => layer.options[name] ?? null,
    })),
    ...namesOf(runs, ({ run }) => Object.keys(run.tags)).map((name): Column => ({
      header: `tag.${name}`,
      cell: ({ run }) => run.tags[name] ?? null,
    })),
  ];
  const rows = [columns.map(({ header }) => header), ...runs.map((run) => columns.map(({ cell }) => cell(run)))];
  return { files: [{ name: 'runs.csv', text: csvText(rows) }], notes: [] };
}

/** Columns whose value is only known to be that or more, since too much never arrived; between spaces. */
function lowerBounds(run: RunResult): CsvCell {
  const names = [...METRIC_NAMES, ...run.measures.map(({ name }) => name)];
  const found = names.flatMap((name) => metricOf(run, name) ?? []).filter(({ value, censored }) => censored && value !== null);
  return found.length === 0 ? null : found.map(columnOf).join(' ');
}

function namesOf(runs: readonly RunResult[], names: (run: RunResult) => readonly string[]): readonly string[] {
  return [...new Set(runs.flatMap(names))];
}

function metricColumn(name: string, runs: readonly RunResult[]): Column {
  const unit: MetricValue['unit'] =
    METRIC_KINDS.get(name)?.unit ?? runs.map((run) => metricOf(run, name)).find((metric) => metric !== null)!.unit;
  return {
    header: columnOf({ name, unit }),
    cell: (run) => {
      const value = metricOf(run, name)?.value ?? null;
      return value === null ? null : quantityOf({ name, unit }, value).value;
    },
  };
}
