import type { LimitOutcome } from '../../../result/run-result.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { formatMeasure } from '../../phrases.ts';
import { limitFoundText } from '../../../result/limit-text.ts';
import { textTable } from '../data-table.ts';
import type { Section } from '../figure.ts';
import { bdi, html, type Content } from '../markup.ts';
import type { ReportView } from '../view.ts';

/** Limits of the user's, and what scenarios found beside latency and loss. */
export function verdicts({ runs }: ReportView): Section | null {
  const limits = runs.flatMap(({ label, result }) => result.limits.filter(isAsked).map((limit) => limitRow(label, limit)));
  const measures = measureTable(runs);
  if (limits.length === 0 && measures === null) return null;
  return {
    id: 'verdicts',
    name: 'Limits',
    title: limits.length === 0 ? 'Measures of the scenario' : 'Limits and measures',
    intro: 'What was asked of the runs, and what their scenario finds out beside latency and loss.',
    body: html`${limits.length === 0 ? null : textTable('Limits', ['run', 'limit', 'measured', ''], limits)}${measures}`,
  };
}

/** All but the one that always holds, where it does. */
function isAsked({ expression, ok }: LimitOutcome): boolean {
  return !ok || expression !== 'unexplained==0';
}

function limitRow(label: string, limit: LimitOutcome): readonly Content[] {
  const value = `${limitFoundText(limit)}${limit.weak ? ', on few sends' : ''}`;
  return [bdi(label), bdi(limit.expression), value, limit.ok ? '✓ passed' : '✗ missed'];
}

function measureTable(runs: readonly LabelledRun[]): Content {
  const names = [...new Map(runs.flatMap(({ result }) => result.measures.map(({ name, label }) => [name, label] as const)))];
  if (names.length === 0) return null;
  const rows = runs
    .filter(({ result }) => result.measures.length > 0)
    .map(({ label, result }) => [
      bdi(label),
      ...names.map(([name]) => {
        const measure = result.measures.find((entry) => entry.name === name);
        return measure === undefined ? '–' : formatMeasure(measure);
      }),
    ]);
  return textTable('Measures', ['run', ...names.map(([, label]) => label)], rows);
}
