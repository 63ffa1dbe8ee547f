import { formatFault } from '../model/faults.ts';
import type { ChosenLayer } from '../model/chosen-layer.ts';
import { formatParameter, type ParameterSpecs, type ParameterValue } from '../model/parameters.ts';
import { isSelfPaced, planNumbers, type Plan } from '../model/plan.ts';
import { formatBytes, formatCount, formatMs, formatPerSecond, formatRatio } from '../model/units.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

export interface Explanation {
  readonly name: string;
  readonly summary: string;
  readonly specs: ParameterSpecs;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly plan: Plan;
  readonly layers: readonly ChosenLayer[];
}

/** What a run would do, and the numbers to expect of it, without running it. Ends with a newline. */
export function renderExplanation(explanation: Explanation, style: Style): string {
  const { name, summary, specs, parameters, plan, layers } = explanation;
  const given = Object.entries(specs).map(([key, spec]) => [
    `--${spec.flag}`,
    formatParameter(spec, parameters[key]!),
    style.dim(spec.help),
  ]);
  return [
    paragraph('', `${style.bold(name)}: ${summary}`, style),
    renderTable([[style.dim('parameters'), '', ''], ...given], ['left', 'right', 'left'], style, { wraps: [2] }),
    renderTable([[style.dim('the Plan'), '', ''], ...planRows(plan, style)], ['left', 'right', 'left'], style, { wraps: [0, 2] }),
    ...(plan.publishers.length === 0 ? [] : layers.map((layer) => paragraph('  ', expectation(layer, plan), style))),
  ].join('\n');
}

function planRows(plan: Plan, style: Style): readonly (readonly string[])[] {
  return [
    ['server processes', formatCount(plan.processes), ''],
    ...(plan.publishers.length > 0 ? trafficRows(plan, style) : []),
    ...visitRows(plan, style),
    ...slowRows(plan),
    ...(plan.faults ?? []).map((fault) => ['fault', '', formatFault(fault)]),
  ];
}

function trafficRows(plan: Plan, style: Style): readonly (readonly string[])[] {
  const numbers = planNumbers(plan);
  const perProcess = Array.from(
    { length: plan.processes },
    (_, process) => plan.sockets.filter((socket) => socket.process === process).length,
  );
  const spread =
    perProcess.length > 1 ? `${formatCount(Math.min(...perProcess))} to ${formatCount(Math.max(...perProcess))} a process` : '';
  const amount = (count: number, perSecond: number): readonly [string, string] =>
    isSelfPaced(plan)
      ? [formatCount(count), style.dim('at the pace of their answers')]
      : [formatPerSecond(perSecond), style.dim(`${formatCount(Math.round(count))} in ${formatMs(plan.durationMs)}`)];
  return [
    ['sockets', formatCount(numbers.sockets), style.dim(spread)],
    ['groups', formatCount(plan.groups), ''],
    ['members', formatCount(numbers.members), ''],
    ['publishers', formatCount(numbers.publishers), ''],
    ['(publisher, member) pairs', formatCount(numbers.pairs), style.dim('16 B each in the ledger')],
    ['messages', ...amount(numbers.messages, numbers.messagesPerSecond)],
    ['deliveries', ...amount(numbers.deliveries, numbers.deliveriesPerSecond)],
    ...payloadRow(plan, numbers.payloadBytes, style),
  ];
}

/** Where payloads differ, and no parameter has their size. */
function payloadRow({ payloads }: Plan, meanBytes: number, style: Style): readonly (readonly string[])[] {
  if (payloads === undefined) return [];
  const range = `${formatBytes(payloads.bytes[0]!)} to ${formatBytes(payloads.bytes.at(-1)!)}`;
  return [['mean payload', formatBytes(meanBytes), style.dim(`from message to message ${range}`)]];
}

function visitRows({ visits = [], durationMs }: Plan, style: Style): readonly (readonly string[])[] {
  if (visits.length === 0) return [];
  const strangers = visits.filter((visit) => visit.page !== visit.socket).length;
  return [
    ['page views', formatCount(visits.length), style.dim(`in ${formatMs(durationMs)}`)],
    [
      '  on two processes',
      formatCount(strangers),
      style.dim(`${formatRatio(strangers / visits.length)}: their sessions are to be unknown`),
    ],
  ];
}

function slowRows({ sockets }: Plan): readonly (readonly string[])[] {
  const paused = sockets.filter((socket) => (socket.pauses?.length ?? 0) > 0).length;
  const stalled = sockets.filter((socket) => (socket.stalls?.length ?? 0) > 0).length;
  const leaving = sockets.filter((socket) => (socket.absences?.length ?? 0) > 0).length;
  return [
    ...(paused === 0 ? [] : [['sockets that take nothing from their layer at times', formatCount(paused), '']]),
    ...(leaving === 0 ? [] : [['members that come and go', formatCount(leaving), '']]),
    ...(stalled === 0 ? [] : [['clients that read nothing at times', formatCount(stalled), '']]),
  ];
}

function expectation({ name: layer, scope }: ChosenLayer, plan: Plan): string {
  const { deliveries, sameProcessDeliveries } = planNumbers(plan);
  if (scope === 'shared')
    return `${layer} connects processes: all ${formatCount(Math.round(deliveries))} deliveries are to arrive${butFor(plan)}.`;
  const reach = formatRatio(deliveries === 0 ? 0 : sameProcessDeliveries / deliveries);
  return `${layer} reaches only its own process: ${formatCount(Math.round(sameProcessDeliveries))} deliveries (${reach}) are to arrive${butFor(plan)}, the rest is isolated.`;
}

/** What keeps deliveries from arriving beside the layer's scope. */
function butFor({ faults = [], sockets }: Plan): string {
  const slow = sockets.some((socket) => (socket.pauses?.length ?? 0) + (socket.stalls?.length ?? 0) > 0);
  const moving = sockets.some((socket) => (socket.absences?.length ?? 0) > 0);
  const causes = [
    ...(moving ? ['what is uncertain while members come and go'] : []),
    ...(faults.length > 0 ? ['what the faults take'] : []),
    ...(slow ? ['what is beyond the capacity of slow members'] : []),
  ];
  return causes.length === 0 ? '' : `, but for ${causes.join(' and ')}`;
}
