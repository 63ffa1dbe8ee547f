import { choicesOf } from '../../../result/benchmark.ts';
import type { RunResult } from '../../../result/run-result.ts';
import { formatBytes } from '../../../model/units.ts';
import { choiceText, nameText } from '../../../model/choice-text.ts';
import type { LabelledRun } from '../../run-labels.ts';
import { textTable } from '../data-table.ts';
import { toPaste, type Section } from '../figure.ts';
import { bdi, html, type Html } from '../markup.ts';
import type { ReportView } from '../view.ts';

/** Where and how the runs were made, and how to make them again. */
export function setup({ runs }: ReportView): Section | null {
  if (runs.length === 0) return null;
  const facts = runs.map(({ result }) => factsOf(result));
  const names = [...new Set(facts.flatMap((of) => [...of.keys()]))];
  const common = names.filter((name) => facts.every((of) => of.get(name) === facts[0]!.get(name)));
  const differing = names.filter((name) => !common.includes(name));
  const shared = common.map((name) => choiceText(name, facts[0]!.get(name)));
  return {
    id: 'setup',
    name: 'Set-up',
    title: 'Environment and configuration',
    intro: 'Everything that was chosen, and the machine. Numbers of different machines, or of different choices, are not to be compared.',
    body: html`${commands(runs)}${factList(runs.length === 1 ? 'Configuration' : 'The same for all runs', shared)}${differing.length === 0 || runs.length === 1 ? null : differences(runs, facts, differing)}`,
  };
}

/** The commands that repeat the runs; one line for those of one matrix. */
function commands(runs: readonly LabelledRun[]): Html {
  const found = new Map<string, string[]>();
  for (const { label, result } of runs) {
    const command = repeating(result);
    found.set(command, [...(found.get(command) ?? []), label]);
  }
  const lines = [...found].map(([command, labels]) => {
    const of = found.size === 1 ? null : html`<p class="of">${labels.length > 4 ? `${labels.length} runs` : bdi(labels.join(', '))}</p>`;
    return html`${of}${toPaste(command)}`;
  });
  return html`<h3>Run it again</h3>${lines}`;
}

/** The command as it was given, with the seed that it had. */
function repeating({ run }: RunResult): string {
  return /(^|\s)--seed\b/.test(run.command) ? run.command : `${run.command} --seed ${run.seed}`;
}

function differences(runs: readonly LabelledRun[], facts: readonly ReadonlyMap<string, string>[], names: readonly string[]): Html {
  const value = (name: string, i: number): Html => bdi(choiceText(name, facts[i]!.get(name))[1]);
  return names.length <= runs.length
    ? textTable(
        DIFFERS,
        ['run', ...names.map(nameText)],
        runs.map(({ label }, i) => [bdi(label), ...names.map((name) => value(name, i))]),
      )
    : textTable(
        DIFFERS,
        ['', ...runs.map(({ label }) => label)],
        names.map((name) => [rowName(nameText(name)), ...runs.map((_, i) => value(name, i))]),
      );
}

/** A name that breaks into lines where the page is narrow, so that there is room for what it is of. */
function rowName(name: string): Html {
  if (!name.includes(' ')) return bdi(name);
  const parts = name.split(/(?<=_)/).map((part, i) => html`${i > 0 && html`<wbr>`}${part}`);
  return html`<bdi class="name">${parts}</bdi>`;
}

const DIFFERS = 'What differs';

function factList(title: string, facts: readonly (readonly [string, string])[]): Html {
  return html`<h3>${title}</h3><dl class="facts">${facts.map(([name, value]) => html`<div><dt>${bdi(name)}</dt><dd>${bdi(value)}</dd></div>`)}</dl>`;
}

/** Choices, environment, identity and clocks, a line each. */
function factsOf(result: RunResult): ReadonlyMap<string, string> {
  const { environment, run, server, tool, clock } = result;
  const { host, redis, git } = environment;
  const versions = [...new Set(server.members.map(({ kind, version }) => `${kind} ${version}`))];
  return new Map([
    ...choicesOf(result),
    ['seed', String(run.seed)],
    ...Object.entries(run.tags).map(([key, value]) => [`tag ${key}`, value] as const),
    ['CPU', `${host.cpuModel}, ${host.cores} cores`],
    ['memory', formatBytes(host.memoryBytes)],
    ['kernel', host.kernel],
    ['Node.js', environment.node],
    ['servers', versions.join(', ')],
    ['Redis', redis === null ? '' : redis.version],
    ['commit', git === null ? '' : `${git.sha}${git.dirty ? ' with changes' : ''}`],
    ['machine and software', environment.fingerprint],
    ['Layerbench', tool.version],
    ['started', run.startedAt],
    ['measured', `${run.durationSeconds} s, ${run.state}`],
    ['clocks', `${clock.checks} checks, ${clock.violations} violations`],
    ['run', run.id],
  ]);
}
