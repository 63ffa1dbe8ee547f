import {
  carriedText,
  demandText,
  noAnswerText,
  objectionText,
  otherCandidates,
  SETTING_LABELS,
  settingText,
  timesText,
} from './deployment-phrases.ts';
import type { Candidate, DeploymentPlan, Setting } from '../result/deployment-result.ts';
import { formatNumber, formatPerSecond } from '../model/units.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** What to deploy as text for a terminal: the demand, the answer with its evidence, and what else was looked at. Ends with a newline. */
export function renderDeployment(plan: DeploymentPlan, style: Style): string {
  const { demand, answer, warnings } = plan;
  const { deliveriesPerSecond, slo, headroom } = demand;
  const carried = `${formatPerSecond(deliveriesPerSecond)} of deliveries within ${slo.join(', ')}, carried ${formatNumber(headroom, 2)} times over`;
  const title = `${paragraph('', `${style.bold('plan')} for ${demandText(demand)}:`, style)}${paragraph('  ', carried, style)}`;
  const settings =
    answer === null
      ? `\n${paragraph('', style.bad(noAnswerText(plan)), style)}`
      : `\n${settingsTable(answer.settings, style)}\n${paragraph('  ', `${style.bold('breaks first:')} ${answer.breaksFirst}`, style)}`;
  const others = otherCandidates(plan);
  const notes = warnings.map((warning) => paragraph(`  ${style.warn('!')} `, warning, style)).join('');
  return `${title}${settings}${others.length === 0 ? '' : `\n${candidateTable(others, style)}`}${notes === '' ? '' : `\n${notes}`}`;
}

function settingsTable(settings: readonly Setting[], style: Style): string {
  const rows = settings.map((setting) => [
    SETTING_LABELS[setting.name],
    style.bold(settingText(setting)),
    setting.marginRatio === null ? '' : timesText(setting.marginRatio),
    setting.evidence,
  ]);
  const header = ['', '', 'margin', 'evidence'].map((cell) => style.dim(cell));
  return renderTable([header, ...rows], ['left', 'right', 'right', 'left'], style, { wraps: [3] });
}

function candidateTable(candidates: readonly Candidate[], style: Style): string {
  const rows = candidates.map((candidate) => [
    candidate.name,
    carriedText(candidate),
    timesText(candidate.marginRatio),
    objectionText(candidate),
  ]);
  const header = ['also measured', 'carries', 'margin', ''].map((cell) => style.dim(cell));
  return renderTable([header, ...rows], ['left', 'right', 'right', 'left'], style, { wraps: [3] });
}
