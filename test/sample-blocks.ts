import type { Block, LossCount } from '../src/result/comparison-result.ts';
import type { Gate } from '../src/studies/comparison/verdict.ts';

/* Blocks of comparisons, made up. */

export const P50: Gate = { name: 'response.p50', unit: 'duration', direction: 'lowerIsBetter', minEffect: 0.05 };
export const DELIVERED: Gate = { name: 'delivered', unit: 'rate', direction: 'higherIsBetter', minEffect: 0.05 };
export const NO_LOSS: LossCount = { expected: 1000, lost: 0, events: 0, unexplained: 0 };

type Place = Pick<Block, 'round' | 'pair' | 'arm' | 'position'>;

export function sampleBlock(place: Place, values: Block['values'], loss: LossCount = NO_LOSS): Block {
  return { ...place, runId: `${place.round}-${place.pair}-${place.position}`, startedAt: '2026-01-14T08:30:00.000Z', values, loss };
}
