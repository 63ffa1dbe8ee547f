import { documentText } from '../model/document-text.ts';
import { definitionMark } from '../result/definitions.ts';
import { systemCpuSeconds } from '../studies/capacity/cost.ts';
import { atLeast, formatMs, formatPerSecond, formatUs } from '../model/units.ts';
import { capacityText, cutShortText, estimateTexts, goalText, lawText, pointsByLayer, RESOURCE_WORDS } from '../report/capacity-phrases.ts';
import type { CapacityPoint, CapacityResult } from '../result/capacity-result.ts';
import { details, machineFacts, tableHeader, tableRow, type Fact, type Section } from './markdown-sections.ts';
import { markdownText } from './markdown-text.ts';

const COLUMNS = ['processes', 'rate', 'delivered', 'response p99', 'CPU/1,000', 'limited by'];
const VERDICTS = { ok: 'sustained', bad: 'NOT sustained', invalid: 'not valid' } as const;

/** What each layer of a search carries, a table each. */
export function capacitySections(result: CapacityResult): readonly Section[] {
  const { scenario, goal } = result;
  return pointsByLayer(result).map(({ layer, server, points, law }) => ({
    opening:
      `### ${markdownText(`capacity of ${scenario.name}, ${layer}, ${server}`)}\n\n` +
      `The rate sustained nine times in ten with ${markdownText(goalText(goal))}, as its 95 % interval; with a question mark where it was not confirmed.\n\n` +
      tableHeader(COLUMNS, new Set([0, 2, 3, 4])),
    rows: points.map((point) => pointRow(point, law?.knee?.processes.value ?? null)),
    closing: law === null ? '\n' : `\nScalability law: ${markdownText(lawText(law))}.\n\n`,
  }));
}

function pointRow(point: CapacityPoint, knee: number | null): string {
  const { server, searches, lower, limitedBy, latency } = point;
  const cpuSeconds = systemCpuSeconds(point);
  return tableRow([
    `${server.processes}${knee === server.processes ? ', knee' : ''}`,
    `${capacityText(point)}${point.answer === 'interval' ? '' : cutShortText(searches)}`,
    lower === null ? '–' : `${formatPerSecond(Math.round(lower.deliveredPerSecond))}${definitionMark({ throughput: lower }, 'delivered')}`,
    latency?.responseP99Us == null ? '–' : atLeast(formatUs(latency.responseP99Us), latency.censored?.includes('responseP99Us')),
    cpuSeconds === null ? '–' : formatMs(cpuSeconds * 1000),
    limitedBy === null ? '' : `${RESOURCE_WORDS[limitedBy.kind]}: ${limitedBy.detail}`,
  ]);
}

/** Everything else that is known of a search, with every trial. */
export function capacityDetails(result: CapacityResult): Section {
  const { run, points, goal, scenario, warnings, scalability, environment } = result;
  const trials = points.flatMap(({ name, searches }) =>
    searches.flatMap(({ replicate, trials: found }) =>
      found.map(({ ratePerSecond, durationSeconds, verdict, reasons }): Fact => [
        `${name}, search ${replicate + 1}`,
        `${formatPerSecond(ratePerSecond)} for ${durationSeconds} s: ${[VERDICTS[verdict], ...reasons].join('; ')}`,
      ]),
    ),
  );
  return details(`Capacity search ${run.id}: warnings, machine, trials`, [
    ...warnings.map((warning): Fact => ['warning', warning]),
    ...scalability.flatMap(({ layer, caveats }) => caveats.map((caveat): Fact => ['warning', `scalability of ${layer}: ${caveat}`])),
    ...points.flatMap((point) => estimateTexts(point, result).map((text): Fact => [point.name, text])),
    ['profile', goal.profile],
    ...Object.entries(scenario.parameters).map(([name, value]): Fact => [`parameter ${name}`, documentText(String(value))]),
    ...machineFacts(environment),
    ['command', run.command],
    ...trials,
  ]);
}
