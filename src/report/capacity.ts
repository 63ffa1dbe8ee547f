import { groupBy } from '../core/benchmark.ts';
import { capacityText, cutShortText, lawText, RESOURCE_WORDS } from '../core/capacity-phrases.ts';
import type { CapacityBound, CapacityCost, CapacityPoint, CapacityResult, LayerScalability } from '../core/capacity-result.ts';
import { formatBytes, formatMs, formatNumber, formatPerSecond, formatRatio } from '../core/units.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

const BAR_COLUMNS = 24;

/** A capacity search as text for a terminal: for each layer a line for each number of processes, the law, and the cost. Ends with a newline. */
export function renderCapacity(result: CapacityResult, style: Style): string {
  const { scenario, goal, points, warnings } = result;
  const isolated = goal.ignoreIsolated ? ', where the layer connects at all' : '';
  const title = `${style.bold(`capacity of ${scenario.name}`)}: the highest rate with ${goal.slo.join(', ')}${isolated}\n`;
  const groups = [...groupBy(points, ({ layer, server }) => `${layer.name}/${server.kind}`).values()];
  const sections = groups.map((group) => `\n${layerSection(group, result, style)}`).join('');
  const notes = warnings.map((warning) => `  ${style.warn('!')} ${warning}\n`).join('');
  return `${title}${sections}${costTable(points, style)}${notes === '' ? '' : `\n${notes}`}`;
}

function layerSection(points: readonly CapacityPoint[], { points: all, scalability }: CapacityResult, style: Style): string {
  const { layer, server } = points[0]!;
  const law = scalability.find((entry) => entry.layer === layer.name && entry.server === server.kind) ?? null;
  const most = Math.max(...all.map(({ lower, upper }) => upper?.ratePerSecond ?? lower?.ratePerSecond ?? 0));
  const header = ['processes', 'rate', '', 'delivered', 'limited by', ''].map((cell) => style.dim(cell));
  const rows = points.map((point) => [
    String(point.server.processes),
    answerText(point, style),
    barOf(point, most),
    point.lower === null ? '–' : formatPerSecond(Math.round(point.lower.deliveredPerSecond)),
    point.limitedBy === null ? '' : RESOURCE_WORDS[point.limitedBy.kind],
    law?.knee?.processes.value === point.server.processes ? style.bold('knee') : '',
  ]);
  const table = renderTable([header, ...rows], ['right', 'left', 'left', 'right', 'left', 'left']);
  const details = points.flatMap(({ limitedBy, server: { processes } }) =>
    limitedBy === null ? [] : [`  ${style.dim(`N = ${processes}: ${limitedBy.detail}`)}\n`],
  );
  return `${style.bold(`${layer.name}, ${server.kind}`)}\n${table}${details.join('')}${law === null ? '' : lawLines(law, style)}`;
}

function answerText(point: CapacityPoint, style: Style): string {
  const [text, cutShort] = [capacityText(point), cutShortText(point.searches)];
  switch (point.answer) {
    case 'interval':
      return style.bold(text);
    case 'atLeast':
      return `${style.bold(text)}${cutShort}`;
    case 'isolated':
      return style.warn(text);
    case 'below':
    case 'unknown':
      return style.bad(`${text}${cutShort}`);
  }
}

/** What is carried, and the interval beyond it; an arrow where it has no end. */
function barOf({ lower, upper }: CapacityPoint, most: number): string {
  if (most === 0) return '';
  const columns = (bound: CapacityBound | null): number => Math.round(((bound?.ratePerSecond ?? 0) / most) * BAR_COLUMNS);
  const carried = '█'.repeat(columns(lower));
  if (upper === null) return lower === null ? '' : `${carried}▶`;
  return `${carried}${'░'.repeat(Math.max(1, columns(upper) - columns(lower)))}`;
}

function lawLines(law: LayerScalability, style: Style): string {
  const machine = law.isContention ? '  it is the contention of this machine: more busy processes than cores\n' : '';
  const rest = law.caveats.length === 0 ? '' : `  ${law.caveats.join('; ')}\n`;
  return style.dim(`  scalability law: ${lawText(law)}\n${machine}${rest}`);
}

function costTable(points: readonly CapacityPoint[], style: Style): string {
  const rows = points.flatMap(({ name, cost }) => (cost === null ? [] : [costRow(name, cost)]));
  if (rows.length === 0) return '';
  const header = ['cost of 1,000 deliveries', 'servers', 'Redis', 'drivers', 'commands', 'bytes', 'a connection', 'Redis in use'];
  return `\n${renderTable([header.map((cell) => style.dim(cell)), ...rows], ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'])}`;
}

function costRow(name: string, cost: CapacityCost): readonly string[] {
  const cell = (value: number | null, format: (value: number) => string): string => (value === null ? '–' : format(value));
  const cpu = (seconds: number): string => formatMs(seconds * 1000);
  return [
    name,
    cell(cost.serverCpuSecondsPer1000Deliveries, cpu),
    cell(cost.redisCpuSecondsPer1000Deliveries, cpu),
    cell(cost.driverCpuSecondsPer1000Deliveries, cpu),
    cell(cost.redisCommandsPer1000Deliveries, formatNumber),
    cell(cost.redisBytesPer1000Deliveries, formatBytes),
    cell(cost.serverBytesPerConnection, formatBytes),
    cell(cost.redisCeilingRatio, formatRatio),
  ];
}
