import { groupBy } from '../../../model/group-by.ts';
import { limitFoundText } from '../../../result/limit-text.ts';
import { counted } from '../../../model/units.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { bdi, html, type Content, type Html } from '../markup.ts';
import type { ReportView } from '../view.ts';

/** Something to know before the numbers are read. */
interface Note {
  readonly kind: 'invalid' | 'limit' | 'warning';
  /** Equal for notes that are told together. */
  readonly key: string;
  readonly message: string;
  readonly remedy: string;
  readonly label: string;
}

const KINDS = { invalid: 'Invalid', limit: 'Limit missed', warning: 'Warning' } as const;
/** Of notes that have a remedy in common, the others are folded. */
const SHOWN = 3;

/** What limits the numbers, with remedies; at the top of the report. */
export function notes({ runs, comparisons, capacities, plans, detailed }: ReportView): Html {
  const ofRuns = [...runs.flatMap(invalid), ...runs.flatMap(missed), ...runs.flatMap(warned)];
  const found = [...ofRuns, ...comparisons.flatMap(comparisonNotes), ...plans.flatMap(planNotes), ...capacities.flatMap(capacityNotes)];
  const left =
    runs.length > detailed.length
      ? html`<p>Figures are of the latest ${detailed.length} of ${runs.length} runs; tables are of all.</p>`
      : null;
  if (found.length === 0) return html`<section id="notes" aria-label="Warnings"><p class="fine">✓ No warnings.</p>${left}</section>`;
  const groups = [...groupBy(found, ({ key }) => key).values()];
  return html`<section id="notes" aria-label="Warnings"><ul>${groups.map(noteItem)}</ul>${left}</section>`;
}

function invalid({ label, result }: LabelledRun): readonly Note[] {
  const remedy = 'Do not read its numbers; repair what is named, and run it again.';
  const state = result.run.state === 'completed' ? [] : [`the run is ${result.run.state}`];
  return [...state, ...result.validity.reasons].map((message) => ({ kind: 'invalid' as const, key: 'invalid', message, remedy, label }));
}

function missed({ label, result }: LabelledRun): readonly Note[] {
  return result.limits
    .filter(({ ok }) => !ok)
    .map((limit) => ({
      kind: 'limit' as const,
      key: `limit ${limit.expression}`,
      message: `${limit.expression}: ${limitFoundText(limit)}`,
      remedy: '',
      label,
    }));
}

function warned({ label, result }: LabelledRun): readonly Note[] {
  return result.warnings.map(({ code, message, remedy }) => ({
    kind: 'warning' as const,
    key: `${code} ${remedy}`,
    message,
    remedy,
    label,
  }));
}

function comparisonNotes({ warnings, base, head }: ReportView['comparisons'][number]): readonly Note[] {
  const label = `${base.label} → ${head.label}`;
  return warnings.map((message) => ({ kind: 'warning' as const, key: `comparison ${label} ${message}`, message, remedy: '', label }));
}

function planNotes({ warnings, demand }: ReportView['plans'][number]): readonly Note[] {
  const label = `plan for ${counted(demand.connections, 'connection')}`;
  return warnings.map((message) => ({ kind: 'warning' as const, key: `plan ${message}`, message, remedy: '', label }));
}

function capacityNotes({ warnings, scalability, scenario }: ReportView['capacities'][number]): readonly Note[] {
  const laws = scalability.flatMap(({ layer, caveats, isContention }) => [
    ...caveats.map((caveat) => `scalability of ${layer}: ${caveat}`),
    ...(isContention ? [`scalability of ${layer}: it is the contention of this machine, with more busy processes than cores`] : []),
  ]);
  return [...warnings, ...laws].map((message) => ({
    kind: 'warning' as const,
    key: `capacity ${message}`,
    message,
    remedy: '',
    label: `capacity of ${scenario.name}`,
  }));
}

function noteItem(group: readonly Note[]): Html {
  const [{ kind, remedy }] = group as readonly [Note, ...Note[]];
  const messages = [...groupBy(group, ({ message }) => message)].map(([message, alike]) => messageLine(message, alike));
  const [shown, folded] = [messages.slice(0, SHOWN), messages.slice(SHOWN)];
  const rest = folded.length === 0 ? null : html`<details><summary>${folded.length} more</summary>${folded}</details>`;
  return html`<li class="${kind}"><strong>${kind === 'warning' ? '!' : '✗'} ${KINDS[kind]}</strong><div>${shown}${rest}${remedy === '' ? null : html`<p class="remedy">${remedy}</p>`}</div></li>`;
}

function messageLine(message: string, alike: readonly Note[]): Content {
  const labels = [...new Set(alike.map(({ label }) => label))];
  return html`<p><span class="of">${labels.length > SHOWN ? `${labels.length} runs` : bdi(labels.join(', '))}</span> ${bdi(message)}</p>`;
}
