import {
  capacityText,
  cutShortText,
  estimateTexts,
  goalText,
  lawEstimates,
  pointsByLayer,
  RESOURCE_WORDS,
  type LayerPoints,
} from './capacity-phrases.ts';
import { definitionMark } from '../result/definitions.ts';
import type { CapacityBound, CapacityCost, CapacityPoint, CapacityResult, LayerScalability } from '../result/capacity-result.ts';
import { formatBytes, formatMs, formatNumber, formatPerSecond, formatRatio } from '../model/units.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderGroups, renderTable, tableWidth } from './table.ts';

const LEAST_BAR_COLUMNS = 16;
const MOST_BAR_COLUMNS = 48;

/** A capacity search as text for a terminal: for each layer a line for each number of processes, the law, and the cost. Ends with a newline. */
export function renderCapacity(result: CapacityResult, style: Style): string {
  const { scenario, goal, points, warnings } = result;
  const title = paragraph(
    '',
    `${style.bold(`capacity of ${scenario.name}`)}: the rate sustained nine times in ten with ${goalText(goal)}`,
    style,
  );
  const most = Math.max(...points.map(({ lower, upper }) => upper?.ratePerSecond ?? lower?.ratePerSecond ?? 0));
  const sections = pointsByLayer(result)
    .map((group) => `\n${layerSection(result, group, most, style)}`)
    .join('');
  const notes = warnings.map((warning) => paragraph(`  ${style.warn('!')} `, warning, style)).join('');
  return `${title}${sections}${costTable(points, style)}${notes === '' ? '' : `\n${notes}`}`;
}

/** Bars are up to `most`, the highest rate of all layers. */
function layerSection(result: CapacityResult, { layer, server, points, law }: LayerPoints, most: number, style: Style): string {
  const header = ['processes', 'rate', '', 'delivered', 'limited by', ''].map((cell) => style.dim(cell));
  const rows = points.map((point) => [
    String(point.server.processes),
    answerText(point, style),
    '',
    point.lower === null
      ? '–'
      : `${formatPerSecond(Math.round(point.lower.deliveredPerSecond))}${definitionMark({ throughput: point.lower }, 'delivered')}`,
    point.limitedBy === null ? '' : RESOURCE_WORDS[point.limitedBy.kind],
    law?.knee?.processes.value === point.server.processes ? style.bold('knee') : '',
  ]);
  // An arrow, or an interval of nothing, is one more.
  const room = style.columns - tableWidth([header, ...rows]) - 1;
  const barColumns = Math.max(LEAST_BAR_COLUMNS, Math.min(MOST_BAR_COLUMNS, room));
  const drawn = rows.map((cells, i) => cells.with(2, barOf(points[i]!, most, barColumns)));
  const table = renderTable([header, ...drawn], ['right', 'left', 'left', 'right', 'left', 'left'], style, { wraps: [1] });
  const details = points.flatMap((point) => {
    const texts = [...estimateTexts(point, result), ...(point.limitedBy === null ? [] : [point.limitedBy.detail])];
    return texts.length === 0 ? [] : [paragraph(`  ${style.dim(`N = ${point.server.processes}:`)} `, style.dim(texts.join('; ')), style)];
  });
  return `${style.bold(`${layer}, ${server}`)}\n${table}${details.join('')}${law === null ? '' : lawLines(law, style)}`;
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

/** What is sustained, and the interval beyond it; an arrow where it has no end. */
function barOf({ lower, upper }: CapacityPoint, most: number, barColumns: number): string {
  if (most === 0) return '';
  const columns = (bound: CapacityBound | null): number => Math.round(((bound?.ratePerSecond ?? 0) / most) * barColumns);
  const sustained = '█'.repeat(columns(lower));
  if (upper === null) return lower === null ? '' : `${sustained}▶`;
  return `${sustained}${'░'.repeat(Math.max(1, columns(upper) - columns(lower)))}`;
}

function lawLines(law: LayerScalability, style: Style): string {
  const { validToProcesses, isContention, caveats } = law;
  const line = (indent: string, text: string): string => paragraph(indent, style.dim(text), style);
  return [
    line('  ', `scalability law, valid up to N = ${validToProcesses}:`),
    ...lawEstimates(law).map((estimate) => line('    ', estimate)),
    ...(isContention ? [line('  ', 'it is the contention of this machine: more busy processes than cores')] : []),
    ...(caveats.length === 0 ? [] : [line('  ', caveats.join('; '))]),
  ].join('');
}

function costTable(points: readonly CapacityPoint[], style: Style): string {
  const rows = points.flatMap(({ name, cost }) => (cost === null ? [] : [costRow(name, cost)]));
  if (rows.length === 0) return '';
  const header = ['cost of 1,000 deliveries', 'servers', 'Redis', 'drivers', 'commands', 'bytes', 'a connection', 'Redis in use'];
  const table = renderGroups(
    [header.map((cell) => style.dim(cell)), ...rows],
    ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style,
    // The point; what deliveries take; what connections take, and what is left of Redis.
    { sizes: [1, 5, 2] },
  );
  return `\n${table}`;
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
