import { benchmarkName } from '../result/benchmark.ts';
import { groupBy } from '../model/group-by.ts';
import type { BenchmarkComparison, CompareResult, Verdict } from '../result/comparison-result.ts';
import { COMPARISON_COLUMNS, comparisonRows, VERDICT_WORDS, type ComparisonRow } from '../report/phrases.ts';
import { limitFoundText } from '../result/limit-text.ts';
import type { LimitOutcome, RunResult } from '../result/run-result.ts';
import type { Environment } from '../model/environment.ts';
import type { ExportInput, Exported } from './export-format.ts';
import { xmlText } from './xml-text.ts';

/*
 * JUnit XML as Jenkins, GitLab and dorny/test-reporter read it, with what Ant's schema
 * (https://github.com/windyroad/JUnit-Schema) asks for beyond. A run is a suite: that it is valid, then its limits. A
 * benchmark of a comparison is a suite: its metrics, then its loss. Names are the same from run to run.
 */

/** What became of a case; null: it passed. */
interface Outcome {
  readonly element: 'failure' | 'error' | 'skipped';
  /** Of failures and errors. */
  readonly type: 'slo' | 'regression' | 'invalid-run' | null;
  readonly message: string;
}

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: Outcome | null;
}

interface Suite {
  readonly name: string;
  readonly startedAt: string;
  readonly properties: readonly (readonly [string, string])[];
  readonly cases: readonly Case[];
  /** Lines for people. */
  readonly said: readonly string[];
}

export function renderJunit({ runs, comparisons }: ExportInput): Exported {
  const suites = numbered([...runs.map(runSuite), ...comparisons.flatMap(comparisonSuites)]);
  const totals = totalsOf(suites.flatMap(({ cases }) => cases));
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'layerbench', tests: totals.tests, failures: totals.failures, errors: totals.errors, time: totals.time })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
  return { files: suites.length === 0 ? [] : [{ name: 'junit.xml', text }], notes: [] };
}

/** Suites of one name are told apart by their order. */
function numbered(suites: readonly Suite[]): readonly Suite[] {
  return [...groupBy(suites, ({ name }) => name).values()].flatMap((group) =>
    group.map((suite, i) => (i === 0 ? suite : { ...suite, name: `${suite.name} #${i + 1}` })),
  );
}

function runSuite(result: RunResult): Suite {
  const { run, validity, limits, warnings, scenario, layer } = result;
  const invalid: Outcome | null = validity.valid ? null : { element: 'error', type: 'invalid-run', message: validity.reasons.join('; ') };
  return {
    name: benchmarkName(result),
    startedAt: run.startedAt,
    properties: [
      ...environmentProperties(run.id, result.environment),
      ['command', run.command],
      ...Object.entries(scenario.parameters).map(([name, value]) => [`parameter.${name}`, String(value)] as const),
      ...Object.entries(layer.options).map(([name, value]) => [`layerOption.${name}`, String(value)] as const),
      ...Object.entries(run.tags).map(([name, value]) => [`tag.${name}`, value] as const),
    ],
    cases: [
      { name: 'the run is valid', seconds: run.durationSeconds, outcome: invalid },
      ...limits.map((limit): Case => ({ name: limit.expression, seconds: 0, outcome: limitOutcome(limit, validity.valid) })),
    ],
    said: warnings.map(({ message, remedy }) => `${message}. ${remedy}`),
  };
}

/** Of an invalid run, a limit that is missed is still said; that one holds is not. */
function limitOutcome(limit: LimitOutcome, isValid: boolean): Outcome | null {
  if (!limit.ok) return { element: 'failure', type: 'slo', message: `${limit.expression}: ${limitFoundText(limit)}` };
  return isValid ? null : { element: 'skipped', type: null, message: 'not judged: the run is invalid' };
}

function comparisonSuites(result: CompareResult): readonly Suite[] {
  const { base, head, run, environment, benchmarks, vanished, warnings } = result;
  const of = {
    startedAt: run.startedAt,
    properties: [
      ...environmentProperties(run.id, environment),
      ['base', base.label],
      ['head', head.label],
      ['command', run.command],
    ] as const,
    said: warnings,
  };
  return [
    ...benchmarks.map((benchmark): Suite => ({ ...of, name: `${benchmark.name}: head against base`, cases: comparisonCases(benchmark) })),
    ...vanished.map((name): Suite => {
      const outcome: Outcome = { element: 'error', type: 'invalid-run', message: `${name} has vanished: base has it, head has not` };
      return { ...of, name: `${name}: head against base`, cases: [{ name: 'head has it', seconds: 0, outcome }] };
    }),
  ];
}

function comparisonCases(benchmark: BenchmarkComparison): readonly Case[] {
  return comparisonRows(benchmark).map((row) => ({ name: row.name, seconds: 0, outcome: verdictOutcome(row) }));
}

const ELEMENTS: Readonly<Record<Verdict, Pick<Outcome, 'element' | 'type'> | null>> = {
  improvement: null,
  pass: null,
  inconclusive: { element: 'skipped', type: null },
  regression: { element: 'failure', type: 'regression' },
};

function verdictOutcome({ name, cells, verdict, confirmation }: ComparisonRow): Outcome | null {
  const shown = ELEMENTS[verdict];
  if (shown === null) return null;
  const facts = COMPARISON_COLUMNS.flatMap((column, i) => (cells[i] === '' ? [] : [`${column} ${cells[i]!}`]));
  return { ...shown, message: `${VERDICT_WORDS[verdict].toLowerCase()}${confirmation}: ${name} ${facts.join(', ')}` };
}

function environmentProperties(
  runId: string,
  { host, node, redis, git, fingerprint }: Environment,
): readonly (readonly [string, string])[] {
  return [
    ['run', runId],
    ['cpu', `${host.cpuModel}, ${host.cores} cores`],
    ['kernel', host.kernel],
    ['node', node],
    ...(redis === null ? [] : ([['redis', redis.version]] as const)),
    ...(git === null ? [] : ([['commit', `${git.sha}${git.dirty ? ' with changes' : ''}`]] as const)),
    ['fingerprint', fingerprint],
  ];
}

function totalsOf(cases: readonly Case[]): Readonly<Record<'tests' | 'failures' | 'errors' | 'skipped' | 'time', string>> {
  const countOf = (element: Outcome['element']): string => String(cases.filter(({ outcome }) => outcome?.element === element).length);
  return {
    tests: String(cases.length),
    failures: countOf('failure'),
    errors: countOf('error'),
    skipped: countOf('skipped'),
    time: cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  };
}

function suiteLines({ name, startedAt, properties, cases, said }: Suite, id: number): readonly string[] {
  const { tests, failures, errors, skipped, time } = totalsOf(cases);
  // The schema has times without a zone.
  const timestamp = new Date(startedAt).toISOString().slice(0, 19);
  const facts = { name, tests, failures, errors, skipped, time, timestamp, hostname: 'localhost', package: 'layerbench', id: String(id) };
  return [
    `  <testsuite${attributes(facts)}>`,
    '    <properties>',
    ...properties.map(([key, value]) => `      <property${attributes({ name: key, value })}/>`),
    '    </properties>',
    ...cases.map((entry) => caseLine(entry, name)),
    `    <system-out>${xmlText(said.join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

function caseLine({ name, seconds, outcome }: Case, classname: string): string {
  const open = `    <testcase${attributes({ classname, name, time: seconds.toFixed(3) })}`;
  if (outcome === null) return `${open}/>`;
  const { element, type, message } = outcome;
  return `${open}><${element}${attributes({ message, ...(type === null ? {} : { type }) })}/></testcase>`;
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join('');
}
