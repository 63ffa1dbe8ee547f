import { definitionMark } from '../result/definitions.ts';
import { addUp } from '../model/figure.ts';
import { COUNTS_BESIDE, SERIES, SERIES_NAMES, SHOWN_STATISTICS, STATISTICS } from '../model/metrics.ts';
import { missingByFate, notDelivered } from '../result/metrics.ts';
import { errorCountText, errorRemedyText, formatLatency, formatMeasure, lowerBoundNote, unknownTexts } from './phrases.ts';
import { limitReasonText, limitValueText } from '../result/limit-text.ts';
import { FATES } from '../model/causes.ts';
import type { LimitOutcome, ProcessHealth, RunResult } from '../result/run-result.ts';
import type { FaultSpan } from '../model/faults.ts';
import type { LatencySummary } from '../stats/histogram.ts';
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatPerSecond,
  formatRatio,
  formatUs,
} from '../model/units.ts';
import { renderSpectrum } from './spectrum.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** What is shown beyond what everybody wants to see. */
export interface DetailOptions {
  /** The percentile spectrum of the latencies. */
  readonly histogram?: boolean;
}

/** One result as text for a terminal. Ends with a newline. */
export function renderResult(result: RunResult, style: Style, { histogram = false }: DetailOptions = {}): string {
  const sections = [
    heading(result, style),
    ...(hasDeliveries(result) ? [latencies(result, style), histogram ? renderSpectrum(result, style) : '', deliveries(result, style)] : []),
    errors(result, style),
    faults(result.faults, style),
    measures(result.measures, style),
    health(result, style),
    limits(result.limits, style),
    warnings(result, style),
  ];
  return `${sections.filter((section) => section !== '').join('\n')}`;
}

/** Whether messages were sent at all, or the scenario is about something else. */
function hasDeliveries({ ledger, measures: found }: RunResult): boolean {
  return ledger.expected > 0 || found.length === 0;
}

function heading(result: RunResult, style: Style): string {
  const { scenario, layer, server, run, throughput } = result;
  const title = style.bold(
    `${scenario.name} over ${layer.name}, ${server.processes} ${server.kind} ${server.processes === 1 ? 'process' : 'processes'}`,
  );
  const state = run.state === 'completed' ? '' : style.warn(`, ${run.state} after ${formatNumber(run.durationSeconds)} s`);
  const verdict = result.validity.valid ? style.good('valid') : style.bad('INVALID');
  const reasons = result.validity.reasons.map((reason) => paragraph(`  ${style.bad('✗')} `, reason, style)).join('');
  const rates = `offered ${formatPerSecond(throughput.offeredPerSecond)}, sent ${formatPerSecond(throughput.sentPerSecond)}, delivered ${style.bold(formatPerSecond(throughput.deliveredPerSecond))}${definitionMark(result, 'delivered')} for ${formatNumber(run.durationSeconds)} s`;
  return `${paragraph('', `${title}${state}: ${verdict}`, style)}${reasons}${hasDeliveries(result) ? paragraph('  ', rates, style) : ''}`;
}

/** What is of the harness comes last. */
const SHOWN_SERIES = SERIES_NAMES.toSorted((a, b) => Number(SERIES[a].isOfHarness === true) - Number(SERIES[b].isOfHarness === true));

function latencies(result: RunResult, style: Style): string {
  const { latency, placement, server } = result;
  const rows: string[][] = [['latency', ...SHOWN_STATISTICS.map((name) => STATISTICS[name].label), '', ''].map((cell) => style.dim(cell))];
  for (const name of SHOWN_SERIES) {
    const { label, span, meaning } = SERIES[name];
    rows.push(...latencyRow(label, latency[name], style.dim(span), style.dim(meaning)));
  }
  const { sameProcess, crossProcess } = placement;
  if (server.processes > 1) {
    rows.push(...latencyRow('same process', sameProcess.response, style.dim('response'), ''));
    rows.push(...latencyRow('other process', crossProcess.response, style.dim('response'), ''));
  }
  const note = lowerBoundNote([...Object.values(latency), ...(server.processes > 1 ? [sameProcess.response, crossProcess.response] : [])]);
  const texts = 1 + SHOWN_STATISTICS.length;
  const alignment = ['left', ...SHOWN_STATISTICS.map(() => 'right' as const), 'left', 'left'] as const;
  const table = renderTable(rows, alignment, style, { drops: [texts + 1], wraps: [texts] });
  return note === null ? table : table + paragraph('  ', style.warn(note), style);
}

function latencyRow(label: string, latency: LatencySummary | null, note: string, meaning: string): string[][] {
  if (latency === null) return [];
  const negatives = latency.negatives > 0 ? `, ${formatCount(latency.negatives)} negative` : '';
  return [[label, ...SHOWN_STATISTICS.map((statistic) => formatLatency(latency, statistic)), `${note}${negatives}`, meaning]];
}

function deliveries({ ledger, reach }: RunResult, style: Style): string {
  const lost = notDelivered(ledger);
  const share = (count: number): string => formatRatio(ledger.expected === 0 ? 0 : count / ledger.expected);
  const rows: string[][] = [
    [style.dim('deliveries'), '', ''],
    ['expected', formatCount(ledger.expected), ''],
    ['delivered', formatCount(ledger.delivered), share(ledger.delivered)],
    ['lost', formatCount(lost), lost === 0 ? bound(ledger.expected) : share(lost)],
    ...missingByFate([ledger]).map(({ fate, count }) => {
      const mark = fate === 'unexplained' ? style.bad : (text: string): string => text;
      return [mark(`  ${FATES[fate].label}`), formatCount(count), share(count)];
    }),
  ];
  for (const name of COUNTS_BESIDE) if (ledger[name] > 0) rows.push([name, formatCount(ledger[name]), '']);
  const account = ledger.balanced ? '' : `  ${style.bad('the account does not balance')}\n`;
  const matrix = reach.ratio === null || reach.ratio === 1 ? '' : reachMatrix(reach.matrix, style);
  return renderTable(rows, ['left', 'right', 'left'], style, { wraps: [0, 2] }) + account + matrix;
}

/** What was said of what was refused or ended, and what to do about it. */
function errors({ errors: told = [] }: RunResult, style: Style): string {
  if (told.length === 0) return '';
  const lines = told.map((error) => {
    const remedy = errorRemedyText(error);
    return (
      paragraph('  ', `${errorCountText(error)}: ${style.bold(error.text)}`, style) +
      (remedy === '' ? '' : paragraph('    ', style.dim(remedy), style))
    );
  });
  return `  ${style.dim('what was said of errors')}\n${lines.join('')}`;
}

/** What broke on purpose, and for how long deliveries were lost. */
function faults(spans: RunResult['faults'], style: Style): string {
  if (spans.length === 0) return '';
  const rows = spans.map((span) => [span.spec, whatHappened(span), span.outcome === 'nothing' ? '' : recoveryText(span.recoveryMs, style)]);
  return renderTable([[style.dim('faults'), '', ''], ...rows], ['left', 'left', 'left'], style, { wraps: [1, 2] });
}

function whatHappened({ startMs, endMs, outcome }: FaultSpan): string {
  const since = outcome === undefined ? '' : `away from ${formatMs(startMs)}, `;
  if (outcome === 'nothing') return 'nothing was seen of it';
  return outcome === 'away' ? `${since}to the end` : `${since}there again after ${formatMs(Math.max(1, endMs - startMs))}`;
}

function recoveryText(recoveryMs: number | null, style: Style): string {
  if (recoveryMs === null) return style.bad('deliveries are lost to the end');
  return recoveryMs === 0 ? style.good('nothing lost') : style.warn(`deliveries lost for ${formatMs(Math.max(1, Math.round(recoveryMs)))}`);
}

/** What a scenario finds out beside latency and loss. */
function measures(found: RunResult['measures'], style: Style): string {
  if (found.length === 0) return '';
  const rows = found.map((measure) => [measure.label, formatMeasure(measure)]);
  return renderTable([[style.dim('measures'), ''], ...rows], ['left', 'right'], style, { wraps: [0] });
}

/** Nothing lost of n: at most 3/n with 95 % confidence (Hanley and Lippman-Hand, the rule of three). */
function bound(expected: number): string {
  return expected === 0 ? '' : `< ${formatNumber((3 / expected) * 100, 2)} % with 95 % confidence`;
}

/** Rows send, columns receive; small enough to be read only up to 8 processes. */
function reachMatrix(matrix: RunResult['reach']['matrix'], style: Style): string {
  if (matrix.length < 2 || matrix.length > 8) return '';
  const cell = (value: number | null): string => {
    if (value === null) return style.dim('·');
    return value === 1 ? style.good('1') : value === 0 ? style.bad('0') : style.warn(formatNumber(value, 2));
  };
  const sending = matrix.map((row, from) => [row, from] as const).filter(([row]) => row.some((value) => value !== null));
  const rows = [
    [style.dim('reach, from → to'), ...matrix.map((_, to) => style.dim(String(to)))],
    ...sending.map(([row, from]) => [`process ${from}`, ...row.map(cell)]),
  ];
  return `\n${renderTable(rows, ['left', ...matrix.map(() => 'right' as const)], style)}`;
}

function health(result: RunResult, style: Style): string {
  const { health: processes, cost } = result;
  const rows: string[][] = [['processes', 'CPU', 'loop in use', 'loop delay p99', 'memory', 'peak'].map((cell) => style.dim(cell))];
  for (const role of ['server', 'redis', 'proxy', 'driver'] as const) {
    const all = processes.filter((entry) => entry.role === role);
    if (all.length > 0) rows.push([all.length > 1 ? `${all.length} ${role}s` : role === 'redis' ? 'Redis' : role, ...healthCells(all)]);
  }
  const per = cost.cpuSecondsPer1000Deliveries;
  const parts = [
    per === null ? '' : `${formatUs(per * 1e6)} of CPU`,
    cost.redisCommandsPer1000Deliveries === null ? '' : `${formatNumber(cost.redisCommandsPer1000Deliveries)} Redis commands`,
    cost.redisRoundTripsPer1000Deliveries === null ? '' : `${formatNumber(cost.redisRoundTripsPer1000Deliveries)} round trips`,
    cost.redisBytesPer1000Deliveries === null ? '' : `${formatBytes(cost.redisBytesPer1000Deliveries)} to and from Redis`,
  ].filter((part) => part !== '');
  const costs = parts.length === 0 ? '' : paragraph('  ', `1,000 deliveries cost ${parts.join(', ')}`, style);
  const unknown = unknownTexts(result).map((text) => paragraph('  ', style.dim(`not known: ${text}`), style));
  return (
    renderTable(rows, ['left', 'right', 'right', 'right', 'right', 'right'], style) + growth(processes, style) + costs + unknown.join('')
  );
}

/** Processes whose memory has surely grown, or shrunk. */
function growth(processes: readonly ProcessHealth[], style: Style): string {
  return processes
    .flatMap(({ role, index, memory }) => {
      const found = memory?.growthBytesPerSecond ?? null;
      if (found === null || (found.lower <= 0 && found.upper >= 0)) return [];
      const name = role === 'redis' ? 'Redis' : `${role} ${index}`;
      const interval = `95 % interval ${formatByteRate(found.lower)} to ${formatByteRate(found.upper)}`;
      return paragraph('  ', `the memory of ${name} changed by ${formatByteRate(found.value)} (${interval})`, style);
    })
    .join('');
}

/** CPU and memory add up; event loops are shown by the busiest. */
function healthCells(entries: readonly ProcessHealth[]): readonly string[] {
  const known = (key: 'eventLoopUtilization' | 'eventLoopDelayP99Us'): readonly number[] => entries.flatMap((entry) => entry[key] ?? []);
  const sum = (read: (entry: ProcessHealth) => number | null, format: (value: number) => string): string => {
    const total = addUp(entries.map(read));
    return total === null ? '–' : format(total);
  };
  const most = (values: readonly number[], format: (value: number) => string): string =>
    values.length === 0 ? '' : `${entries.length > 1 ? '≤ ' : ''}${format(Math.max(...values))}`;
  return [
    sum(
      (entry) => entry.cpuRatio,
      (cores) => `${formatNumber(cores, 2)} cores`,
    ),
    most(known('eventLoopUtilization'), formatRatio),
    most(known('eventLoopDelayP99Us'), formatUs),
    sum((entry) => entry.rssBytes, formatBytes),
    sum((entry) => entry.memory?.peakBytes ?? null, formatBytes),
  ];
}

function limits(outcomes: readonly LimitOutcome[], style: Style): string {
  if (outcomes.every((outcome) => outcome.ok && outcome.expression === 'unexplained==0')) return '';
  const rows = outcomes.map((outcome) => [
    outcome.ok ? style.good('✓') : style.bad('✗'),
    outcome.expression,
    limitValueText(outcome),
    style.dim([limitReasonText(outcome), ...(outcome.weak ? ['on few sends'] : [])].filter((part) => part !== '').join('; ')),
  ]);
  return renderTable([[style.dim('limits'), '', '', ''], ...rows], ['left', 'left', 'right', 'left'], style, { wraps: [3] });
}

function warnings(result: RunResult, style: Style): string {
  return result.warnings
    .map(({ message, remedy }) => paragraph(`  ${style.warn('!')} `, message, style) + paragraph('    ', style.dim(remedy), style))
    .join('');
}
