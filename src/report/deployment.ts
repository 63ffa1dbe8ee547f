import type { Candidate, DeploymentPlan, Setting } from '../core/deployment-result.ts';
import { formatBytes, formatCount, formatNumber, formatPerSecond } from '../core/units.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

const LABELS: Readonly<Record<Setting['name'], string>> = {
  layer: 'layer',
  processes: 'processes',
  capacity: 'capacity',
  expiry: 'expiry',
  redisShards: 'Redis shards',
  redisMemory: 'Redis memory',
  serverMemory: 'server memory',
};

/** So that tables stay within 80 columns. */
const EVIDENCE_COLUMNS = 44;
const OBJECTION_COLUMNS = 36;

/** What to deploy as text for a terminal: the demand, the answer with its evidence, and what else was looked at. Ends with a newline. */
export function renderDeployment({ demand, answer, candidates, warnings }: DeploymentPlan, style: Style): string {
  const { connections, groups, groupSize, ratePerSecond, deliveriesPerSecond, slo, headroom } = demand;
  const title =
    `${style.bold('plan')} for ${formatCount(connections)} connections in ${formatCount(groups)} ${groups === 1 ? 'group' : 'groups'} of ${formatCount(groupSize)}, ` +
    `each with ${formatPerSecond(ratePerSecond)}:\n  ${formatPerSecond(deliveriesPerSecond)} of deliveries within ${slo.join(', ')}, carried ${formatNumber(headroom, 2)} times over\n`;
  const settings =
    answer === null
      ? `\n${style.bad('no configuration that was measured can do it')}\n`
      : `\n${settingsTable(answer.settings, style)}\n  ${style.bold('breaks first:')} ${answer.breaksFirst}\n`;
  const others = candidates.filter(
    (candidate) => candidate.name !== answer?.candidate.name || candidate.source !== answer.candidate.source,
  );
  const notes = warnings.map((warning) => `  ${style.warn('!')} ${warning}\n`).join('');
  return `${title}${settings}${others.length === 0 ? '' : `\n${candidateTable(others, style)}`}${notes === '' ? '' : `\n${notes}`}`;
}

function settingsTable(settings: readonly Setting[], style: Style): string {
  const rows = settings.map(({ name, value, marginRatio, evidence }) => [
    LABELS[name],
    style.bold(valueText(name, value)),
    marginRatio === null ? '' : `${formatNumber(marginRatio, 2)} ×`,
    evidence,
  ]);
  return renderTable(
    [['', '', 'margin', 'evidence'].map((cell) => style.dim(cell)), ...rows],
    ['left', 'right', 'right', 'left'],
    EVIDENCE_COLUMNS,
  );
}

function valueText(name: Setting['name'], value: Setting['value']): string {
  if (typeof value === 'string') return value;
  if (name === 'expiry') return `${formatCount(value)} s`;
  return name === 'redisMemory' || name === 'serverMemory' ? formatBytes(value) : formatCount(value);
}

function candidateTable(candidates: readonly Candidate[], style: Style): string {
  const rows = candidates.map(({ name, deliveredPerSecond, marginRatio, objections }) => [
    name,
    deliveredPerSecond === null ? '–' : formatPerSecond(Math.round(deliveredPerSecond)),
    marginRatio === null ? '–' : `${formatNumber(marginRatio, 2)} ×`,
    objections.length === 0 ? 'would do, and takes more' : objections.join('; '),
  ]);
  const header = ['also measured', 'carries', 'margin', ''].map((cell) => style.dim(cell));
  return renderTable([header, ...rows], ['left', 'right', 'right', 'left'], OBJECTION_COLUMNS);
}
