import { CAPACITY_METRIC, USUAL_MIN_EFFECT } from '../../model/metrics.ts';
import type { Random } from '../../model/random.ts';
import type { Block, MetricComparison, SideName } from '../../result/comparison-result.ts';
import { byCapacity } from '../comparison/by-capacity.ts';
import { nextStep, type Course } from '../comparison/next-pair.ts';
import { courseOf, OVERHEAD_SECONDS, simulatedTrial, someCapacity, type SimulatedKind } from './simulated-search.ts';

/* Comparisons of capacities whose truth is known: the code that decides, over two systems of a kind that are simulated. */

export interface SimulatedCapacities {
  readonly base: SimulatedKind;
  readonly head: SimulatedKind;
  /** How much less head sustains, as a ratio; 0 for as much. */
  readonly less: number;
}

export interface ComparedCapacities {
  readonly metric: MetricComparison;
  /** Head ÷ base − 1, of what is sustained every second time. */
  readonly truth: number;
  readonly pairs: number;
  readonly seconds: number;
}

const DESIGN = { interleaved: true, pairs: 20, maxPairs: 40, alpha: 0.01 } as const;

/** One comparison, whole, as `bench compare --interleave --metric capacity` makes it. */
export function simulateCapacities(random: Random, { base, head, less }: SimulatedCapacities): ComparedCapacities {
  const capacity = someCapacity(random);
  const systems = {
    base: { capacity, system: base.system(capacity, random) },
    head: { capacity: (1 - less) * capacity, system: head.system((1 - less) * capacity, random) },
  };
  const course: Course = {
    ...DESIGN,
    gates: [{ name: CAPACITY_METRIC, unit: 'rate', direction: 'higherIsBetter', minEffect: USUAL_MIN_EFFECT }],
    seed: Math.floor(random() * 2 ** 31),
    method: byCapacity(courseOf(base.profile)),
  };
  const blocks: Block[] = [];
  let seconds = 0;
  for (;;) {
    const step = nextStep(course, blocks, false);
    if (step.kind === 'done') {
      const truth = systems.head.system.half() / systems.base.system.half() - 1;
      return { metric: step.judgement.metrics[0]!, truth, pairs: blocks.length / 2, seconds };
    }
    const { round, pair, load } = step;
    if (load.kind !== 'trial') throw new Error('a pair of capacities has no rate');
    const second: SideName = step.first === 'base' ? 'head' : 'base';
    [step.first, second].forEach((arm, position) => {
      const trial = { ...simulatedTrial(systems[arm], load, seconds), reasons: [] };
      seconds += load.durationSeconds + OVERHEAD_SECONDS;
      const loss = { expected: 0, lost: 0, events: 0, unexplained: 0 };
      blocks.push({ round, pair, arm, position: position as 0 | 1, runId: '', startedAt: '', values: {}, loss, trial });
    });
  }
}

/** Whether the interval has the truth. */
export function hasTruth({ metric: { interval }, truth }: ComparedCapacities): boolean {
  return interval !== null && interval[0] <= truth && truth <= interval[1];
}
