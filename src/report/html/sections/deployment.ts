import { USUAL_SERVER } from '../../../model/servers.ts';
import {
  carriedText,
  demandText,
  isAnswer,
  objectionText,
  otherCandidates,
  SETTING_LABELS,
  settingText,
  timesText,
} from '../../deployment-phrases.ts';
import type { Candidate, Deployment, DeploymentPlan } from '../../../result/deployment-result.ts';
import { counted, formatCount, formatPerSecond } from '../../../model/units.ts';
import { planHeadline } from '../../headline.ts';
import { labelText } from '../../label-text.ts';
import { bottomAxis, box, px, type Chart } from '../charts/frame.ts';
import { BAR_HEIGHT, rowChart, ROWS, type ChartRow } from '../charts/rows.ts';
import { countScale, type Scale } from '../charts/scales.ts';
import { textTable, type DataTable } from '../data-table.ts';
import { renderFigure, toPaste, type Section } from '../figure.ts';
import { bdi, html, type Content, type Html } from '../markup.ts';
import type { ConfigurationStep, ReportView } from '../view.ts';

/** What to deploy for a demand: the answer with its evidence, what else was measured, and what to paste. */
export function deployment({ plans, configurations }: ReportView): Section | null {
  if (plans.length === 0) return null;
  return {
    id: 'plan',
    name: 'Plan',
    title: 'What to deploy',
    intro:
      'The fewest processes that were seen to carry the demand with its headroom, and of those the layer that costs least. A margin is how many times what is needed there is.',
    body: plans.map((plan, i) => planBody(plan, configurations.get(plan.run.id) ?? [], i)),
  };
}

function planBody(plan: DeploymentPlan, steps: readonly ConfigurationStep[], index: number): Html {
  const { answer, demand, candidates } = plan;
  const others = otherCandidates(plan);
  return html`<h3>${demandText(demand)}</h3>
<p class="lede">${bdi(planHeadline(plan))}</p>
${answer === null ? null : answerBody(answer)}
${candidates.length === 0 ? null : renderFigure({ title: 'What was measured, beside the demand', summary: `${sentenceOf(plan)}.`, chart: chartOf(plan), data: dataOf(plan, index) })}
${others.length === 0 ? null : othersTable(others, answer)}
${steps.length === 0 ? null : html`<h3>Configuration to paste</h3>${steps.map(stepBody)}`}`;
}

function answerBody({ settings, breaksFirst }: Deployment): Html {
  const rows = settings.map((setting): readonly Content[] => [
    SETTING_LABELS[setting.name],
    bdi(settingText(setting)),
    timesText(setting.marginRatio),
    bdi(setting.evidence),
  ]);
  return textTable('What to deploy', ['', 'value', 'margin', 'evidence'], [...rows, ['breaks first', '', '', bdi(breaksFirst)]]);
}

/** With the files that they are of, where those are several. */
function othersTable(others: readonly Candidate[], answer: Deployment | null): Html {
  const hasSources = new Set(others.map(({ source }) => source)).size > 1;
  const header = ['', 'carries', 'margin', answer === null ? 'why not' : 'why it is not the answer', ...(hasSources ? ['result'] : [])];
  const rows = others.map((candidate): readonly Content[] => [
    bdi(candidate.name),
    carriedText(candidate),
    timesText(candidate.marginRatio),
    bdi(objectionText(candidate)),
    ...(hasSources ? [bdi(candidate.source)] : []),
  ]);
  return textTable(answer === null ? 'What was measured' : 'What else was measured', header, rows);
}

function stepBody({ title, text, note }: ConfigurationStep): Html {
  return html`<p class="of">${bdi(title)}</p>${toPaste(text)}${note === '' ? null : html`<p class="of">${bdi(note)}</p>`}`;
}

function sentenceOf({ candidates }: DeploymentPlan): string {
  const enough = candidates.filter(({ objections }) => objections.length === 0).length;
  return `${formatCount(enough)} of ${counted(candidates.length, 'configuration')} can be relied on for it`;
}

/** A bar for what each configuration carries, with lines for the demand, and for the demand with its headroom. */
function chartOf({ candidates, demand, answer }: DeploymentPlan): Chart {
  const { deliveriesPerSecond, headroom } = demand;
  const wanted = headroom * deliveriesPerSecond;
  const greatest = Math.max(wanted, ...candidates.map(({ deliveredPerSecond }) => deliveredPerSecond ?? 0));
  const x = countScale(greatest, [ROWS.left, ROWS.right], 4);
  const lines = (y: number): Content =>
    [deliveriesPerSecond, wanted].map(
      (value, i) => html`<path class="${i === 0 ? 'level' : 'threshold'}" d="M${px(x.at(value))},${px(y - 12)}v24"/>`,
    );
  const rows = candidates.map((candidate) => rowOf(candidate, answer, x, lines));
  const title = `delivered; lines: the demand, and ${timesText(headroom)} that`;
  return rowChart(rows, (bottom) => bottomAxis({ ...ROWS, top: 0, bottom }, { scale: x, format: formatPerSecond, title }));
}

function rowOf(candidate: Candidate, answer: Deployment | null, x: Scale, lines: (y: number) => Content): ChartRow {
  const { name, layer, server, deliveredPerSecond, objections } = candidate;
  const isChosen = isAnswer(candidate, answer);
  const title = `${name}\ncarries  ${carriedText(candidate)}\n${isChosen ? 'the answer' : objectionText(candidate)}`;
  const kind = server.kind === USUAL_SERVER ? '' : `, ${server.kind}`;
  return {
    label: `${labelText(layer.name)} p${server.processes}${kind}`,
    className: objections.length === 0 ? '' : 'value',
    value: `${timesText(candidate.marginRatio)}${isChosen ? ' ✓' : ''}`,
    marks: (y) => {
      const bar = { x: ROWS.left, y: y - BAR_HEIGHT / 2, width: x.at(deliveredPerSecond ?? 0) - ROWS.left, height: BAR_HEIGHT };
      return html`${box(bar, objections.length === 0 ? 'delivered' : 'expected', title)}${lines(y)}`;
    },
  };
}

function dataOf({ candidates, demand }: DeploymentPlan, index: number): DataTable {
  return {
    name: `plan-${index + 1}`,
    caption: `What was measured, beside a demand of ${formatPerSecond(demand.deliveriesPerSecond)}`,
    columns: [
      { label: 'configuration', unit: 'text' },
      { label: 'processes', unit: 'count' },
      { label: 'carries', unit: 'perSecond' },
      { label: 'margin', unit: 'number' },
      { label: 'objections', unit: 'text' },
      { label: 'source', unit: 'text' },
    ],
    rows: candidates.map(({ name, server, deliveredPerSecond, marginRatio, objections, source }) => [
      name,
      server.processes,
      deliveredPerSecond,
      marginRatio,
      objections.join('; '),
      source,
    ]),
  };
}
