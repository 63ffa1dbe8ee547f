import { LAYERS, type LayerName } from '../core/layer-catalog.ts';
import { formatParameter, type ParameterSpecs, type ParameterValue } from '../core/parameters.ts';
import { planNumbers, type Plan } from '../core/plan.ts';
import { formatCount, formatMs, formatPerSecond, formatRatio } from '../core/units.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

export interface Explanation {
  readonly name: string;
  readonly summary: string;
  readonly specs: ParameterSpecs;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly plan: Plan;
  readonly layers: readonly LayerName[];
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
    `${style.bold(name)}: ${summary}\n`,
    renderTable([[style.dim('parameters'), '', ''], ...given], ['left', 'right', 'left']),
    renderTable([[style.dim('the Plan'), '', ''], ...planRows(plan, style)], ['left', 'right', 'left']),
    ...layers.map((layer) => `  ${expectation(layer, plan)}\n`),
  ].join('\n');
}

function planRows(plan: Plan, style: Style): readonly (readonly string[])[] {
  const numbers = planNumbers(plan);
  const perProcess = Array.from(
    { length: plan.processes },
    (_, process) => plan.sockets.filter((socket) => socket.process === process).length,
  );
  const spread =
    perProcess.length > 1 ? `${formatCount(Math.min(...perProcess))} to ${formatCount(Math.max(...perProcess))} a process` : '';
  return [
    ['server processes', formatCount(plan.processes), ''],
    ['sockets', formatCount(numbers.sockets), style.dim(spread)],
    ['groups', formatCount(plan.groups), ''],
    ['members', formatCount(numbers.members), ''],
    ['publishers', formatCount(numbers.publishers), ''],
    ['(publisher, member) pairs', formatCount(numbers.pairs), style.dim('16 B each in the ledger')],
    ['messages', formatPerSecond(numbers.messagesPerSecond), style.dim(`${formatCount(numbers.messages)} in ${formatMs(plan.durationMs)}`)],
    [
      'deliveries',
      formatPerSecond(numbers.deliveriesPerSecond),
      style.dim(`${formatCount(numbers.deliveries)} in ${formatMs(plan.durationMs)}`),
    ],
  ];
}

function expectation(layer: LayerName, plan: Plan): string {
  const { deliveries, sameProcessDeliveries } = planNumbers(plan);
  if (LAYERS[layer].scope === 'shared') return `${layer} connects processes: all ${formatCount(deliveries)} deliveries are to arrive.`;
  const reach = formatRatio(deliveries === 0 ? 0 : sameProcessDeliveries / deliveries);
  return `${layer} reaches only its own process: ${formatCount(sameProcessDeliveries)} deliveries (${reach}) are to arrive, the rest is isolated.`;
}
