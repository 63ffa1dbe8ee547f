import {
  carriedText,
  demandText,
  objectionText,
  otherCandidates,
  planSentence,
  SETTING_LABELS,
  settingText,
  timesText,
} from '../report/deployment-phrases.ts';
import type { DeploymentPlan } from '../result/deployment-result.ts';
import { details, machineFacts, tableHeader, tableRow, type Section } from './markdown-sections.ts';
import { markdownText } from './markdown-text.ts';

/** What to deploy with its evidence, what else was measured, and what limits the answer. */
export function planSections(plan: DeploymentPlan): readonly Section[] {
  const { demand, answer, warnings } = plan;
  const heading = `### ${markdownText(`plan for ${demandText(demand)}`)}\n\n${markdownText(planSentence(plan, answer?.candidate.layer.name ?? ''))}\n\n`;
  const others = otherCandidates(plan).map((candidate) =>
    tableRow([candidate.name, carriedText(candidate), timesText(candidate.marginRatio), objectionText(candidate), candidate.source]),
  );
  const othersHeader = tableHeader(['measured', 'carries', 'margin', 'why not', 'result'], new Set([1, 2]));
  const limits: readonly Section[] =
    warnings.length === 0
      ? []
      : [{ opening: tableHeader(['what limits this plan']), rows: warnings.map((warning) => tableRow([warning])), closing: '\n' }];
  if (answer === null) return [{ opening: `${heading}${othersHeader}`, rows: others, closing: '\n' }, ...limits];
  const settings = answer.settings.map((setting) =>
    tableRow([SETTING_LABELS[setting.name], settingText(setting), timesText(setting.marginRatio), setting.evidence]),
  );
  return [
    {
      opening: `${heading}${tableHeader(['', 'value', 'margin', 'evidence'], new Set([1, 2]))}`,
      rows: settings,
      closing: `\nBreaks first: ${markdownText(answer.breaksFirst)}.\n\n`,
    },
    ...(others.length === 0 ? [] : [{ opening: othersHeader, rows: others, closing: '\n' }]),
    ...limits,
  ];
}

/** What a plan rests on, and how to make it again. */
export function planDetails({ run, environment }: DeploymentPlan): Section {
  return details(`Plan ${run.id}: machine`, [...machineFacts(environment), ['command', run.command]]);
}
