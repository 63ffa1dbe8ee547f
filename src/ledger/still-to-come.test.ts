import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Isolation, sentToNobody, stillToCome, type AwaitedPair } from './still-to-come.ts';

/* What a drain waits for, and what it does not. */

const MISSING = [{ from: 0, to: 10 }];
const PAIR: AwaitedPair = { missing: MISSING, toNobody: [], isOpen: true, sending: [0], receiving: [1] };
const APART = Isolation.of('process', [true, false, false, true], 2);
const TOGETHER = Isolation.of('process', [true, true, true, true], 2);

describe('what may still come', () => {
  it.each([
    { what: 'everything, where something crosses', pair: PAIR, isolation: TOGETHER, ranges: MISSING },
    { what: 'nothing between isolated processes', pair: PAIR, isolation: APART, ranges: [] },
    { what: 'everything on one process of a member that moved', pair: { ...PAIR, receiving: [1, 0] }, isolation: APART, ranges: MISSING },
    { what: 'everything of a publisher that moved', pair: { ...PAIR, sending: [0, 1] }, isolation: APART, ranges: MISSING },
    { what: 'nothing at a closed socket', pair: { ...PAIR, isOpen: false }, isolation: TOGETHER, ranges: [] },
    {
      what: 'no message that nobody gets',
      pair: { ...PAIR, toNobody: [{ from: 2, to: 20 }] },
      isolation: TOGETHER,
      ranges: [{ from: 0, to: 2 }],
    },
  ])('is $what', ({ pair, isolation, ranges }) => {
    expect(stillToCome(pair, isolation)).toEqual(ranges);
  });

  it('is not isolated by a layer that reaches every process', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean()), (processes, crossed) => {
        expect(Isolation.of('shared', crossed, processes).pairs.every((pair) => pair === 0)).toBe(true);
        const isolation = Isolation.of('process', crossed, processes);
        for (let pair = 0; pair < processes * processes; pair++)
          expect(isolation.parts(Math.floor(pair / processes), pair % processes)).toBe(crossed[pair] !== true);
      }),
    );
  });
});

it('sends to nobody what had no socket, and what a server refused', () => {
  expect(
    sentToNobody({
      unsendable: [{ from: 4, to: 6 }],
      refused: [
        { from: 0, to: 1 },
        { from: 5, to: 7 },
      ],
    }),
  ).toEqual([
    { from: 0, to: 1 },
    { from: 4, to: 7 },
  ]);
});
