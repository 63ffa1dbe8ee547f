import { documentText } from '../../model/document-text.ts';
import { NINE_TIMES_IN_TEN } from '../../stats/sustained-curve.ts';
import { usageError } from '../../model/errors.ts';
import { CAPACITY_METRIC, USUAL_MIN_EFFECT } from '../../model/metrics.ts';
import type { CapacityPoint, CapacityResult } from '../../result/capacity-result.ts';
import type { BenchmarkComparison } from '../../result/comparison-result.ts';
import { estimateOf, type CurveEstimate } from '../capacity/search.ts';
import { compareCapacity, NO_LOSS_APART } from './capacity-ratio.ts';
import { FORCE_HINT, type StoredComparison, type StoredQuestion } from './stored.ts';

/*
 * Capacities of base beside those of head: of each point, the posterior of the ratio of the rates that are sustained nine times in ten.
 */

/** A capacity result and where it was read from. */
export interface StoredCapacity {
  readonly path: string;
  readonly result: CapacityResult;
}

interface StoredPoint {
  readonly point: CapacityPoint;
  readonly result: CapacityResult;
  /** null where trials say too little. */
  readonly estimate: CurveEstimate | null;
}

/** Compares the points of capacity results by their names. Throws a usage error for what is not comparable, unless it is forced. */
export function compareCapacities(base: StoredCapacity, head: StoredCapacity, question: StoredQuestion): StoredComparison {
  for (const name of [...(question.gateNames ?? []), ...question.minEffects.keys()])
    if (name !== CAPACITY_METRIC)
      throw usageError(
        `'${name}' is no metric of a capacity search`,
        `Capacities are compared by ${CAPACITY_METRIC} alone, with their goals.`,
      );
  const apart = differencesOf(base.result, head.result);
  if (apart.length > 0 && !question.force)
    throw usageError(`base and head are not comparable: they differ in ${apart.join('; ')}`, FORCE_HINT);
  const [ours, theirs] = [pointsOf(base.result), pointsOf(head.result)];
  const names = [...ours.keys()].filter((name) => theirs.has(name));
  if (names.length === 0)
    throw usageError(
      `no point is on both sides: base has ${[...ours.keys()].join(', ')}; head has ${[...theirs.keys()].join(', ')}`,
      'Search the same scenario, layers and processes on both sides.',
    );
  const benchmarks = names.map((name) => comparePoint(ours.get(name)!, theirs.get(name)!, question));
  const vanished = [...ours.keys()].filter((name) => !theirs.has(name));
  const open = benchmarks.filter(({ metrics }) => metrics[0]!.change === null).map(({ name }) => name);
  return {
    benchmarks,
    vanished,
    warnings: [
      ...apart.map((text) => `base and head differ in ${text}`),
      ...vanished.map((name) => `${name} has vanished: base has it, head has not`),
      ...(open.length === 0 ? [] : [`a side has no estimate, since none of its trials failed or none was sustained: ${open.join(', ')}`]),
    ],
  };
}

function pointsOf(result: CapacityResult): ReadonlyMap<string, StoredPoint> {
  return new Map(
    result.points.map((point) => {
      const trials = point.searches.flatMap((search) => search.trials);
      const counted = trials.filter(({ verdict, isWarmup }) => verdict !== 'invalid' && isWarmup !== true);
      return [point.name, { point, result, estimate: estimateOf(result.goal, counted) }];
    }),
  );
}

/** What makes capacities say different things. */
function differencesOf(base: CapacityResult, head: CapacityResult): readonly string[] {
  const facts = ({ scenario, goal, environment }: CapacityResult): readonly (readonly [string, string])[] => [
    ['scenario', scenario.name],
    ['parameters', parametersText(scenario.parameters)],
    ['goals', goal.slo.join(', ')],
    ['machine', environment === null ? 'unknown' : `${environment.host.cpuModel} (${environment.fingerprint})`],
  ];
  const theirs = facts(head);
  return facts(base).flatMap(([name, value], i) => (value === theirs[i]![1] ? [] : [`${name}: ${value}, ${theirs[i]![1]}`]));
}

function parametersText(parameters: CapacityResult['scenario']['parameters']): string {
  return JSON.stringify(parameters, (_, value: unknown) => (typeof value === 'string' ? documentText(value) : value));
}

function comparePoint(base: StoredPoint, head: StoredPoint, { minEffects, alpha }: StoredQuestion): BenchmarkComparison {
  const minEffect = minEffects.get(CAPACITY_METRIC) ?? USUAL_MIN_EFFECT;
  const metric = compareCapacity(base.estimate, head.estimate, { often: NINE_TIMES_IN_TEN, minEffect, alpha });
  const { name, layer, server } = head.point;
  return {
    name,
    scenario: head.result.scenario,
    layer,
    server,
    metrics: [metric],
    loss: NO_LOSS_APART,
    verdict: metric.verdict,
    blocks: [],
  };
}
