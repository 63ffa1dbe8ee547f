import { benchmarkName, choicesKey, choicesOf, differences } from '../../result/benchmark.ts';
import { groupBy } from '../../model/group-by.ts';
import { choicePhrase } from '../../model/choice-text.ts';
import type { SideName, BenchmarkComparison, Block, MetricComparison } from '../../result/comparison-result.ts';
import { judge, withoutDeliveries, worstOf, type Gate, type Judgement, type Sides } from './verdict.ts';
import { definitionsApart } from '../../result/definitions.ts';
import { BenchError, usageError } from '../../model/errors.ts';
import { blockOf, defaultGateNames, gatesOf } from './gates.ts';
import { flawOf } from '../../result/validity.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { Environment } from '../../model/environment.ts';
import { medianOf } from '../../stats/ranks.ts';

/** A result and where it was read from. */
export interface StoredRun {
  readonly path: string;
  readonly result: RunResult;
}

export interface StoredQuestion {
  /** Metrics that decide; null for the usual ones of each scenario. */
  readonly gateNames: readonly string[] | null;
  readonly minEffects: ReadonlyMap<string, number>;
  readonly alpha: number;
  /** Compare what differs in more than what was to be compared, with a warning. */
  readonly force: boolean;
}

export interface StoredComparison {
  readonly benchmarks: readonly BenchmarkComparison[];
  /** Benchmarks of base that head has not. */
  readonly vanished: readonly string[];
  readonly warnings: readonly string[];
}

interface Match {
  readonly name: string;
  readonly base: readonly StoredRun[];
  readonly head: readonly StoredRun[];
}

export const FORCE_HINT = 'Compare like with like, or say --force to compare them nevertheless.';

/**
 * Compares results that are there already, benchmark by benchmark; several runs of a side are its blocks. Throws a usage
 * error for what is not comparable, and an invalid one for runs that are not valid, were not completed, or have no data.
 */
export function compareStored(base: readonly StoredRun[], head: readonly StoredRun[], question: StoredQuestion): StoredComparison {
  const flawed = [...base, ...head].flatMap(({ path, result }) => {
    const flaw = flawOf(result);
    return flaw === null ? [] : [`the run of '${path}' ${flaw}`];
  });
  if (flawed[0] !== undefined && !question.force) throw new BenchError('invalid', flawed[0], FORCE_HINT);
  const { matches, vanished, appeared, warnings } = matchBenchmarks(base, head, question.force);
  const judged = matches.map((match) => judgeMatch(match, question));
  return {
    benchmarks: judged.map(({ comparison }) => comparison),
    vanished,
    warnings: [
      ...flawed,
      ...warnings,
      ...vanished.map((name) => `${name} has vanished: base has it, head has not`),
      ...appeared.map((name) => `${name} is new: head has it, base has not`),
      ...judged.flatMap((entry) => entry.warnings),
    ],
  };
}

function matchBenchmarks(
  base: readonly StoredRun[],
  head: readonly StoredRun[],
  force: boolean,
): {
  readonly matches: readonly Match[];
  readonly vanished: readonly string[];
  readonly appeared: readonly string[];
  readonly warnings: readonly string[];
} {
  const labels = labelsOf([...base, ...head].map(({ result }) => result));
  const label = ({ result }: StoredRun): string => labels.get(choicesKey(result))!;
  const [ours, theirs] = [groupBy(base, label), groupBy(head, label)];
  const matches = [...ours].flatMap(([name, runs]) => (theirs.has(name) ? [{ name, base: runs, head: theirs.get(name)! }] : []));
  const vanished = [...ours.keys()].filter((name) => !theirs.has(name));
  const appeared = [...theirs.keys()].filter((name) => !ours.has(name));
  const [one, other] = [ours.get(vanished[0] ?? ''), theirs.get(appeared[0] ?? '')];
  // One thing beside another that differs from it was surely meant to be compared with it.
  if (vanished.length === 1 && appeared.length === 1 && matches.length === 0) {
    const differ = differences(one![0]!.result, other![0]!.result);
    if (!force) throw usageError(`base and head are not comparable: they differ in ${differ.join('; ')}`, FORCE_HINT);
    const match = { name: `${vanished[0]}→${appeared[0]}`, base: one!, head: other! };
    return {
      matches: [match],
      vanished: [],
      appeared: [],
      warnings: [`base and head differ in ${differ.join('; ')}`, ...hosts([match], force)],
    };
  }
  if (matches.length === 0) {
    throw usageError(
      `no benchmark is on both sides: base has ${[...ours.keys()].join(', ')}; head has ${[...theirs.keys()].join(', ')}`,
      'Run the same scenarios, layers and processes on both sides.',
    );
  }
  return { matches, vanished, appeared, warnings: hosts(matches, force) };
}

/** Names by what was chosen; where several choices share a name, with what differs between them. */
function labelsOf(results: readonly RunResult[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [name, sameName] of groupBy(results, benchmarkName)) {
    const variants = [...groupBy(sameName, choicesKey).values()].map(([first]) => first!);
    const chosen = variants.map(choicesOf);
    const varying = [...chosen[0]!.keys()].filter((choice) => new Set(chosen.map((choices) => choices.get(choice))).size > 1);
    const texts = (phrase: (choice: string, value: string) => string): readonly string[] =>
      chosen.map((choices) => varying.map((choice) => phrase(choice, choices.get(choice) ?? '')).join(', '));
    const rounded = texts(choicePhrase);
    // A label is a key as well: values that are equal as they are shown are told as they are.
    const distinct = new Set(rounded).size === variants.length ? rounded : texts((choice, value) => `${choice} ${value}`);
    variants.forEach((variant, i) => labels.set(choicesKey(variant), varying.length === 0 ? name : `${name} (${distinct[i]!})`));
  }
  return labels;
}

/** Numbers of unlike machines are not comparable. */
function hosts(matches: readonly Match[], force: boolean): readonly string[] {
  return matches.flatMap(({ name, base, head }) => {
    const prints = (runs: readonly StoredRun[]): readonly string[] => runs.map(({ result }) => result.environment.fingerprint);
    if (new Set([...prints(base), ...prints(head)]).size === 1) return [];
    const other = [...base, ...head].find(({ result }) => result.environment.fingerprint !== base[0]!.result.environment.fingerprint)!;
    const message = `${name} was run on unlike machines: ${machineDifferences(base[0]!.result.environment, other.result.environment).join('; ')}`;
    if (force) return [message];
    throw usageError(message, `Run both on one machine, best in turn with \`bench compare --interleave\`; or say --force.`);
  });
}

function machineDifferences(a: Environment, b: Environment): readonly string[] {
  const facts = ({ host, node, redis }: Environment): readonly string[] => [
    host.cpuModel,
    `${host.cores} cores`,
    `${Math.round(host.memoryBytes / 2 ** 30)} GiB`,
    host.kernel,
    `Node ${node}`,
    redis === null ? 'no Redis' : `Redis ${redis.version}`,
  ];
  const theirs = facts(b);
  return facts(a).flatMap((fact, i) => (fact === theirs[i] ? [] : [`${fact}, ${theirs[i]!}`]));
}

function judgeMatch(
  { name, base, head }: Match,
  { gateNames, minEffects, alpha }: StoredQuestion,
): { readonly comparison: BenchmarkComparison; readonly warnings: readonly string[] } {
  const sample = head[0]!.result;
  const all = [...base, ...head].map(({ result }) => result);
  const names = gateNames ?? defaultGateNames(base[0]!.result);
  const asked = gatesOf(base[0]!.result, names, minEffects);
  const apart = asked.filter((gate) => definitionsApart(all, gate.name) !== null);
  const gates = asked.filter((gate) => !apart.includes(gate));
  const blocks = (runs: readonly StoredRun[], arm: SideName): ReturnType<typeof blockOf>[] =>
    runs.map(({ result }, pair) => blockOf(result, asked, { round: 'comparison', pair, arm, position: 0 }));
  const sides = { paired: false, base: blocks(base, 'base'), head: blocks(head, 'head') };
  const judged = judge(sides, { gates, loss: true, alpha });
  // What the user asked for stays open; what decides unless he says otherwise is left out.
  const judgement = gateNames === null ? judged : withOpen(judged, apart, sides);
  return {
    comparison: {
      name,
      scenario: sample.scenario,
      layer: { name: sample.layer.name, scope: sample.layer.scope },
      server: { kind: sample.server.kind, processes: sample.server.processes },
      ...judgement,
      blocks: [...sides.base, ...sides.head],
    },
    warnings: [
      ...apart.map((gate) => `${name}: ${definitionsApart(all, gate.name)!}`),
      ...withoutDeliveries(sides).map((text) => `${name}: ${text}`),
      ...fewRuns(name, base.length, head.length, alpha / (gates.length + 1)),
    ],
  };
}

/** A judgement with metrics that cannot be judged: neither worse nor shown not to be. */
function withOpen(judgement: Judgement, gates: readonly Gate[], { base, head }: Sides): Judgement {
  const median = (blocks: readonly Block[], name: string): number | null => {
    const values = blocks.flatMap(({ values: of }) => of[name] ?? []);
    return values.length === 0 ? null : medianOf(values);
  };
  const open = gates.map(({ name, unit, direction, minEffect }): MetricComparison => ({
    name,
    unit,
    direction,
    base: median(base, name),
    head: median(head, name),
    change: null,
    interval: null,
    pValue: 1,
    minEffect,
    noise: null,
    verdict: 'inconclusive',
    confirmed: null,
  }));
  const metrics = [...judgement.metrics, ...open];
  return { ...judgement, metrics, verdict: worstOf([...metrics, judgement.loss]) };
}

/** Whether so few runs could show a regression at all: the smallest p-value is 1 ÷ C(n + m, n). */
function fewRuns(name: string, base: number, head: number, alpha: number): readonly string[] {
  const smallest = (n: number, m: number): number =>
    Array.from({ length: n }, (_, i) => (i + 1) / (m + i + 1)).reduce((product, factor) => product * factor, 1);
  if (smallest(base, head) < alpha) return [];
  let needed = 1;
  while (smallest(needed, needed) >= alpha) needed += 1;
  const runs = (count: number): string => `${count} ${count === 1 ? 'run' : 'runs'}`;
  return [
    `${name}: ${runs(base)} of base and ${runs(head)} of head cannot show a regression in latency; it takes ${needed} of each (--repeat ${needed})`,
  ];
}
