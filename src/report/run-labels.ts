import { choicesKey, choicesOf } from '../result/benchmark.ts';
import { groupBy } from '../model/group-by.ts';
import { choicePhrase } from '../model/choice-text.ts';
import type { RunResult } from '../result/run-result.ts';
import { withoutTurns } from './label-text.ts';

/** A run beside others, with what tells it from them. */
export interface LabelledRun {
  readonly result: RunResult;
  /** `redis p8`, with what else tells it from others of the same name, and its number among its repeats. */
  readonly label: string;
  /** What tells it from runs of the same layer and number of processes: `daphne`, `members 80`. Empty where there are none. */
  readonly distinction: readonly string[];
  /** Its place among the points: runs of one point are repeats of the same thing. */
  readonly point: number;
}

/** Choices that tell more of a run come first. */
const TELLING = [/^scenario$/, /^server kind$/, /^faults$/, /^layer option /, /^parameter /, /^/];

/** Runs in their order, with labels that no two have in common. */
export function labelRuns(results: readonly RunResult[]): readonly LabelledRun[] {
  const points = [...groupBy(results, choicesKey)];
  const representatives = points.map(([, [first]]) => first!);
  const labelled = results.map((result) => {
    const point = points.findIndex(([key]) => key === choicesKey(result));
    const alike = representatives.filter((other) => nameOf(other) === nameOf(result));
    const distinction = distinctionOf(result, alike);
    return { result, distinction, point, name: withoutTurns([nameOf(result), ...distinction].join(' ')) };
  });
  const named = groupBy(labelled, ({ name }) => name);
  return labelled.map((run) => {
    const { result, distinction, point, name } = run;
    const repeats = named.get(name)!;
    return { result, distinction, point, label: repeats.length === 1 ? name : `${name} #${repeats.indexOf(run) + 1}` };
  });
}

function nameOf({ layer, server }: RunResult): string {
  return `${layer.name} p${server.processes}`;
}

/** As few choices as tell a result from others, the most telling first. */
function distinctionOf(result: RunResult, alike: readonly RunResult[]): readonly string[] {
  const own = choicesOf(result);
  let others = alike.map(choicesOf).filter((choices) => JSON.stringify([...choices]) !== JSON.stringify([...own]));
  const names = [...new Set([...own.keys(), ...others.flatMap((choices) => [...choices.keys()])])].toSorted(
    (a, b) => rankOf(a) - rankOf(b),
  );
  return names.flatMap((name) => {
    const left = others.filter((choices) => choices.get(name) === own.get(name));
    if (left.length === others.length) return [];
    others = left;
    return [choicePhrase(name, own.get(name) ?? '')];
  });
}

function rankOf(name: string): number {
  return TELLING.findIndex((pattern) => pattern.test(name));
}
