import { isCensoredAt } from '../stats/censoring.ts';
import { LatencyReader, type LatencySummary } from '../stats/histogram.ts';
import { lowerBoundNote } from './phrases.ts';
import { atLeast, formatCount, formatUs } from '../model/units.ts';
import type { RunResult } from '../result/run-result.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable, tableWidth } from './table.ts';

/** In percent: from nine to nine, as the tail is looked at. */
const PERCENTILES = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999] as const;
const LEAST_BAR_COLUMNS = 8;
const MOST_BAR_COLUMNS = 64;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

const SHOWN = [
  ['response', 'due → arrived: what a user feels'],
  ['transit', 'the layer alone'],
] as const;

/**
 * Percentile spectrum of the response and of the layer alone: each percentile that the data carry, with a bar on a
 * logarithmic scale from the smallest value to the largest. Empty without data. Ends with a newline otherwise.
 */
export function renderSpectrum({ latency }: RunResult, style: Style): string {
  return SHOWN.flatMap(([series, note]) => {
    const summary = latency[series];
    return summary === null || summary.count === 0 ? [] : [seriesSpectrum(series, note, summary, style)];
  }).join('\n');
}

function seriesSpectrum(name: string, note: string, summary: LatencySummary, style: Style): string {
  const reader = new LatencyReader(summary);
  const rows = [
    // A percentile with less than one delivery beyond it is the maximum.
    ...PERCENTILES.map((percent) => ({
      label: percent === 0 ? 'min' : `p${percent}`,
      percent,
      us: percent === 0 ? summary.min : reader.percentileUs(percent),
      beyond: Math.floor((summary.count * Math.round((100 - percent) * 1000)) / 100_000),
    })).filter(({ beyond }) => beyond >= 1),
    { label: 'max', percent: 100, us: summary.max, beyond: 0 },
  ];
  const header = [name, '', 'deliveries beyond', ''].map((cell) => style.dim(cell));
  const bare = [
    header,
    ...rows.map(({ label, percent, us, beyond }) => [
      label,
      atLeast(formatUs(us), isCensoredAt(summary, percent)),
      beyond === 0 ? '' : formatCount(beyond),
      '',
    ]),
  ];
  const barColumns = Math.max(LEAST_BAR_COLUMNS, Math.min(MOST_BAR_COLUMNS, style.columns - tableWidth(bare)));
  const body = bare.map((cells, i) => (i === 0 ? cells : [...cells.slice(0, -1), bar(rows[i - 1]!.us, summary, barColumns)]));
  const lowerBounds = lowerBoundNote([summary]);
  const legend = `${note}; bars are logarithmic, ${formatUs(summary.min)} to ${formatUs(summary.max)}${lowerBounds === null ? '' : `; ${lowerBounds}`}`;
  return renderTable(body, ['left', 'right', 'right', 'left'], style) + paragraph('  ', style.dim(legend), style);
}

/** A value's place between the smallest and the largest, in eighths of a column. */
function bar(us: number, { min, max }: LatencySummary, columns: number): string {
  const floor = Math.max(min, 0.001);
  const share = max <= floor ? 1 : Math.log(Math.max(us, floor) / floor) / Math.log(max / floor);
  const eighths = Math.max(1, Math.round(share * columns * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}
