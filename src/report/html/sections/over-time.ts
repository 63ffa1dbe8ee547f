import type { RunResult } from '../../../result/run-result.ts';
import { formatMs, formatUs } from '../../../model/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { boundedCell } from '../data-table.ts';
import { deliveriesChart } from '../deliveries-chart.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import { intervalWords } from '../../interval-words.ts';
import { intervalGroups, type IntervalGroup } from '../interval-groups.ts';
import { labelText } from '../../label-text.ts';
import { timeWindow } from '../time-window.ts';
import { delivering, type ReportView } from '../view.ts';

/** Deliveries, losses and pacer lag over time, with phases and faults. */
export function overTime({ detailed }: ReportView): Section | null {
  const runs = delivering(detailed).filter(({ result }) => result.intervals.length > 0);
  if (runs.length === 0) return null;
  return {
    id: 'over-time',
    name: 'Over time',
    title: 'Deliveries over time',
    intro:
      'By the time at which a message was due: what became of its deliveries, delivered below, lost on top, hatched. The line is what arrived in the same time, whenever it was due: what was carried. Pacer lag is how late the harness itself sent. Faults stand where they were made to happen; warm-up and drain are shaded.',
    body: figureGrid(runs.map((run) => figureOf(run, intervalGroups(run.result.intervals, runs.length)))),
  };
}

function figureOf({ label, result }: LabelledRun, groups: readonly IntervalGroup[]): Figure {
  return {
    title: label,
    summary: summaryOf(result, groups),
    chart: deliveriesChart(timeWindow(result), result.faults, groups),
    data: {
      name: `over-time-${result.run.id}`,
      caption: `${label}, over time`,
      columns: [
        { label: 'from', unit: 'ms' },
        { label: 'to', unit: 'ms' },
        { label: 'offered', unit: 'count' },
        { label: 'sent', unit: 'count' },
        { label: 'delivered', unit: 'count' },
        { label: 'lost', unit: 'count' },
        { label: 'arrived', unit: 'count' },
        { label: 'pacer lag p99', unit: 'us' },
        { label: 'response p50', unit: 'us' },
        { label: 'response p99', unit: 'us' },
      ],
      rows: groups.map((group) => [
        group.startMs,
        group.endMs,
        group.offered,
        group.sent,
        group.delivered,
        group.lost,
        group.arrived,
        group.pacerLagP99Us,
        boundedCell(group.p50Us, group.censored.includes('p50')),
        boundedCell(group.p99Us, group.censored.includes('p99')),
      ]),
    },
  };
}

function summaryOf({ intervals, faults }: RunResult, groups: readonly IntervalGroup[]): string {
  const { one, many } = intervalWords(intervals);
  const losing = intervals.filter(({ lost }) => lost > 0).length;
  const recovery = (ms: number | null): string =>
    ms === null ? 'lost to the end' : ms === 0 ? 'nothing lost' : `lost for ${formatMs(ms)}`;
  return `${[
    losing === 0 ? `Nothing lost in any ${one}` : `Losses in ${losing} of ${intervals.length} ${many}`,
    `pacer lag p99 at most ${formatUs(Math.max(...groups.map(({ pacerLagP99Us }) => pacerLagP99Us ?? 0)))}`,
    ...faults.map(({ spec, recoveryMs }) => `${labelText(spec)}: ${recovery(recoveryMs)}`),
  ].join('; ')}.`;
}
