import { definitionMark } from '../result/definitions.ts';
import { FATES } from '../model/causes.ts';
import { NARROW_RUN_COLUMNS } from '../model/metrics.ts';
import { missingByFate, notDelivered } from '../result/metrics.ts';
import { alignmentOf, metricText, type OwnCells } from './run-columns.ts';
import { pointsOf } from '../result/repeats.ts';
import type { RunResult } from '../result/run-result.ts';
import { formatNumber, formatPerSecond, formatRatio } from '../model/units.ts';
import { renderRepeats } from './repeats.ts';
import type { Style } from './style.ts';
import { renderGroups } from './table.ts';

/** Several results side by side, and what runs of the same point have in common. Ends with a newline. */
export function renderSeveral(results: readonly RunResult[], style: Style): string {
  const repeats = renderRepeats(results, style);
  return `${renderRows(pointsOf(results).flat(), style)}${repeats === '' ? '' : `\n${repeats}`}`;
}

function renderRows(results: readonly RunResult[], style: Style): string {
  const severalKinds = new Set(results.map((result) => result.server.kind)).size > 1;
  const kind = <T>(cell: T): readonly T[] => (severalKinds ? [cell] : []);
  const heads = NARROW_RUN_COLUMNS.map(({ name, head }) => OWN_CELLS[name]?.head ?? head);
  const header = [...kind('server'), 'layer', 'processes', ...heads, ''];
  const arriving = NARROW_RUN_COLUMNS.filter(({ tells }) => tells === 'arrival').length;
  const rows = results.map((result) => [...kind(serverText(result)), ...row(result, style)]);
  return renderGroups(
    [header.map((cell) => style.dim(cell)), ...rows],
    [...kind('left' as const), 'left', 'right', ...NARROW_RUN_COLUMNS.map(({ name }) => alignmentOf(OWN_CELLS[name])), 'left'],
    style,
    // What names a run; what arrived of it; how fast, how dear, and whether that counts.
    { sizes: [kind(0).length + 2, arriving, NARROW_RUN_COLUMNS.length - arriving + 1], wraps: [0, header.length - 1] },
  );
}

function row(result: RunResult, style: Style): readonly string[] {
  return [
    result.layer.name,
    String(result.server.processes),
    ...NARROW_RUN_COLUMNS.map(({ name }) => OWN_CELLS[name]?.cell({ result, style }) ?? metricText(result, name)),
    verdict(result, style),
  ];
}

interface StyledRun {
  readonly result: RunResult;
  readonly style: Style;
}

/** Metrics whose column says more than their value, or stays in one unit from row to row. */
const OWN_CELLS: OwnCells<StyledRun> = {
  delivered: {
    cell: ({ result }) => `${formatPerSecond(Math.round(result.throughput.deliveredPerSecond))}${definitionMark(result, 'delivered')}`,
  },
  reach: { cell: ({ result, style }) => (result.reach.ratio === null ? '–' : reachText(result.reach.ratio, style)) },
  loss: { head: 'lost', isText: true, cell: ({ result, style }) => lossText(result, style) },
  cpu: {
    cell: ({ result: { cost } }) =>
      cost.cpuSecondsPer1000Deliveries === null ? '–' : `${formatNumber(cost.cpuSecondsPer1000Deliveries * 1000)} ms`,
  },
};

/** `daphne`, or `2 node + 2 daphne`. */
function serverText({ server }: RunResult): string {
  if (server.kind !== 'mixed') return server.kind;
  const kinds = [...new Set(server.members.map((member) => member.kind))];
  return kinds.map((kind) => `${server.members.filter((member) => member.kind === kind).length} ${kind}`).join(' + ');
}

function reachText(ratio: number, style: Style): string {
  return ratio === 1 ? style.good('100 %') : style.warn(formatRatio(ratio));
}

/** What was lost, and what became of most of it. */
function lossText({ ledger }: RunResult, style: Style): string {
  const [most] = missingByFate([ledger]);
  if (most === undefined) return style.good('none');
  return style.warn(`${formatRatio(notDelivered(ledger) / ledger.expected)} ${FATES[most.fate].word}`);
}

function verdict(result: RunResult, style: Style): string {
  if (result.run.state === 'interrupted') return style.warn('interrupted');
  if (!result.validity.valid) return style.bad('invalid');
  const missed = result.limits.filter((limit) => !limit.ok).length;
  return missed === 0 ? style.good('valid') : style.bad(`${missed} limit${missed === 1 ? '' : 's'} missed`);
}
