import { addUp } from '../../../model/figure.ts';
import { unknownTexts } from '../../phrases.ts';
import type { ProcessHealth } from '../../../result/run-result.ts';
import { formatBytes, formatNumber, formatRatio, formatUs } from '../../../model/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { bottomAxis, box, type Chart } from '../charts/frame.ts';
import { BAR_HEIGHT, rowChart, ROWS, type ChartRow } from '../charts/rows.ts';
import { countScale, type Scale } from '../charts/scales.ts';
import { figureGrid, type Figure, type Section } from '../figure.ts';
import type { ReportView } from '../view.ts';

/** What every process needed. */
export function health({ detailed }: ReportView): Section | null {
  const runs = detailed.filter(({ result }) => result.health.some(({ cpuRatio }) => cpuRatio !== null));
  if (runs.length === 0) return null;
  const most = Math.max(...runs.flatMap(({ result }) => result.health.map(({ cpuRatio }) => cpuRatio ?? 0)));
  return {
    id: 'health',
    name: 'Health',
    title: 'Health of every process',
    intro:
      'CPU over the measure phase and its drain, in cores. A process near one core, or an event loop that is in use all the time, is the bottleneck; where it is a driver, the harness is measured and not the layer.',
    body: figureGrid(runs.map((run) => figureOf(run, coresScale(most)))),
  };
}

function figureOf({ label, result }: LabelledRun, x: Scale): Figure {
  const processes = result.health;
  return {
    title: label,
    summary: [summaryOf(processes, result.environment.host.cores), ...unknownTexts(result).map((text) => `Not known: ${text}.`)].join(' '),
    chart: healthChart(processes, x),
    data: {
      name: `health-${result.run.id}`,
      caption: `${label}: processes over the measure phase and its drain`,
      columns: [
        { label: 'process', unit: 'text' },
        { label: 'CPU', unit: 'cores' },
        { label: 'loop in use', unit: 'ratio' },
        { label: 'loop delay p99', unit: 'us' },
        { label: 'memory at the start', unit: 'bytes' },
        { label: 'peak', unit: 'bytes' },
        { label: 'at the end', unit: 'bytes' },
        { label: 'growth', unit: 'bytesPerSecond' },
        { label: 'at least', unit: 'bytesPerSecond' },
        { label: 'at most', unit: 'bytesPerSecond' },
      ],
      rows: processes.map((process) => [
        nameOf(process, processes),
        process.cpuRatio,
        process.eventLoopUtilization,
        process.eventLoopDelayP99Us,
        process.memory?.startBytes ?? null,
        process.memory?.peakBytes ?? null,
        process.rssBytes,
        process.memory?.growthBytesPerSecond?.value ?? null,
        process.memory?.growthBytesPerSecond?.lower ?? null,
        process.memory?.growthBytesPerSecond?.upper ?? null,
      ]),
    },
  };
}

function summaryOf(processes: readonly ProcessHealth[], cores: number): string {
  const busiest = processes.toSorted((a, b) => (b.cpuRatio ?? -1) - (a.cpuRatio ?? -1))[0]!;
  const most = `the busiest ${processes.some(({ cpuRatio }) => cpuRatio === null) ? 'that tells ' : ''}is ${nameOf(busiest, processes)} with ${formatNumber(busiest.cpuRatio ?? 0, 2)}`;
  const total = addUp(processes.map(({ cpuRatio }) => cpuRatio));
  return `${total === null ? 'Not known' : formatNumber(total, 2)} of ${cores} cores in all; ${most}.`;
}

/** CPU of processes, a row each. */
export function healthChart(processes: readonly ProcessHealth[], x: Scale): Chart {
  return rowChart(
    processes.map((process) => rowOf(process, nameOf(process, processes), x)),
    (bottom) => bottomAxis({ ...ROWS, top: 0, bottom }, { scale: x, format: (cores) => formatNumber(cores), title: 'cores' }),
  );
}

export function coresScale(most: number): Scale {
  return countScale(most, [ROWS.left, ROWS.right], 4);
}

function nameOf({ role, index }: ProcessHealth, processes: readonly ProcessHealth[]): string {
  const name = role === 'redis' ? 'Redis' : role;
  return processes.filter((other) => other.role === role).length > 1 ? `${name} ${index}` : name;
}

function rowOf(
  { role, cpuRatio, eventLoopUtilization, eventLoopDelayP99Us, rssBytes, memory }: ProcessHealth,
  name: string,
  x: Scale,
): ChartRow {
  const title = [
    name,
    ...(cpuRatio === null ? [] : [`CPU  ${formatNumber(cpuRatio, 2)} cores`]),
    ...(eventLoopUtilization === null ? [] : [`loop in use  ${formatRatio(eventLoopUtilization)}`]),
    ...(eventLoopDelayP99Us === null ? [] : [`loop delay p99  ${formatUs(eventLoopDelayP99Us)}`]),
    ...(rssBytes === null ? [] : [`memory  ${formatBytes(rssBytes)}`]),
    ...(memory == null ? [] : [`at the start  ${formatBytes(memory.startBytes)}`, `peak  ${formatBytes(memory.peakBytes)}`]),
  ].join('\n');
  return {
    label: name,
    value: rssBytes === null ? '–' : formatBytes(rssBytes),
    marks: (y) =>
      cpuRatio === null
        ? null
        : box({ x: ROWS.left, y: y - BAR_HEIGHT / 2, width: x.at(cpuRatio) - ROWS.left, height: BAR_HEIGHT }, `role-${role}`, title),
  };
}
