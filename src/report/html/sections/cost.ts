import type { Cost } from '../../../result/run-result.ts';
import { formatBytes, formatNumber, formatUs } from '../../../model/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { box } from '../charts/frame.ts';
import { BAR_HEIGHT, rowChart, ROWS } from '../charts/rows.ts';
import { countScale } from '../charts/scales.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import type { Unit } from '../data-table.ts';
import type { ReportView } from '../view.ts';

interface Price {
  readonly key: keyof Cost;
  readonly title: string;
  readonly unit: Unit;
  /** From the result's unit to that of `unit`. */
  readonly factor: number;
  readonly format: (value: number) => string;
}

const PRICES: readonly Price[] = [
  { key: 'cpuSecondsPer1000Deliveries', title: 'CPU time', unit: 'us', factor: 1e6, format: formatUs },
  { key: 'redisCommandsPer1000Deliveries', title: 'Redis commands', unit: 'number', factor: 1, format: (value) => formatNumber(value) },
  {
    key: 'redisRoundTripsPer1000Deliveries',
    title: 'Round trips to Redis',
    unit: 'number',
    factor: 1,
    format: (value) => formatNumber(value),
  },
  { key: 'redisBytesPer1000Deliveries', title: 'Bytes to and from Redis', unit: 'bytes', factor: 1, format: formatBytes },
];

/** What 1,000 deliveries cost the system under test. */
export function cost({ detailed }: ReportView): Section | null {
  const figures = PRICES.flatMap((price) => {
    const paid = detailed.filter(({ result }) => result.cost[price.key] !== null);
    return paid.length === 0 ? [] : [figureOf(price, paid)];
  });
  if (figures.length === 0) return null;
  return {
    id: 'cost',
    name: 'Cost',
    title: 'What 1,000 deliveries cost',
    intro:
      'Of the system under test: servers and Redis, not the harness. Commands are counted by Redis itself, those inside of scripts too.',
    body: figureGrid(figures),
  };
}

function figureOf({ key, title, unit, factor, format }: Price, runs: readonly LabelledRun[]): Figure {
  const values = runs.map(({ result }) => result.cost[key]! * factor);
  const x = countScale(Math.max(...values), [ROWS.left, ROWS.right], 4);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    title,
    summary: runs.length === 1 ? `${format(most)} for 1,000 deliveries.` : `From ${format(least)} to ${format(most)} for 1,000 deliveries.`,
    chart: rowChart(
      runs.map(({ label, point }, i) => ({
        label,
        value: format(values[i]!),
        marks: (y) =>
          box(
            { x: ROWS.left, y: y - BAR_HEIGHT / 2, width: x.at(values[i]!) - ROWS.left, height: BAR_HEIGHT },
            `fill s${point % 8}`,
            `${label}\n${format(values[i]!)}`,
          ),
      })),
    ),
    data: {
      name: `cost-${key}`,
      caption: `${title} for 1,000 deliveries`,
      columns: [
        { label: 'run', unit: 'text' },
        { label: title, unit },
      ],
      rows: runs.map(({ label }, i) => [label, values[i]!]),
    },
  };
}
