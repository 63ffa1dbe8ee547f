import { describe, expect, it } from 'vitest';
import { DELIVERED, NO_LOSS, P50, sampleBlock } from '../../../test/sample-blocks.ts';
import type { Block, LossCount } from '../../result/comparison-result.ts';
import { judge, worstOf, type Gate, type Judgement, type Sides } from './verdict.ts';

const ALPHA = 0.01;
const BASE = [100, 104, 98, 101, 103, 99, 102, 97, 100, 105];

function sides(base: readonly (number | null)[], head: readonly (number | null)[], gate: Gate, paired = true): Sides {
  const of = (arm: Block['arm'], values: readonly (number | null)[]): readonly Block[] =>
    values.map((value, pair) => sampleBlock({ round: 'comparison', pair, arm, position: arm === 'base' ? 0 : 1 }, { [gate.name]: value }));
  return { paired, base: of('base', base), head: of('head', head) };
}

function judged(head: readonly number[], gate: Gate = P50, base: readonly number[] = BASE, paired = true): Judgement['metrics'][number] {
  return judge(sides(base, head, gate, paired), { gates: [gate], loss: false, alpha: ALPHA }).metrics[0]!;
}

/** Every base value times a ratio, give or take a little of its own. */
const times = (ratio: number): readonly number[] => BASE.map((value, i) => value * ratio * (1 + ((i % 3) - 1) / 200));

describe.each([
  { paired: true, test: 'signed ranks of pairs' },
  { paired: false, test: 'ranks of blocks that are no pairs' },
])('a change of a metric, by $test', ({ paired }) => {
  it.each([
    { ratio: 1.2, gate: P50, verdict: 'regression' },
    { ratio: 0.8, gate: P50, verdict: 'improvement' },
    { ratio: 0.8, gate: DELIVERED, verdict: 'regression' },
    { ratio: 1.2, gate: DELIVERED, verdict: 'improvement' },
    { ratio: 1, gate: P50, verdict: 'pass' },
  ])('of × $ratio in $gate.name is: $verdict', ({ ratio, gate, verdict }) => {
    const metric = judged(times(ratio), gate, BASE, paired);
    expect(metric.verdict).toBe(verdict);
    expect(metric.change).toBeCloseTo(ratio - 1, 1);
    expect(metric.interval![0]).toBeLessThanOrEqual(metric.change!);
    expect(metric.interval![1]).toBeGreaterThanOrEqual(metric.change!);
  });
});

describe('a lower bound', () => {
  const withLowerBounds = (arm: Block['arm']): Sides => {
    const all = sides(BASE, times(0.5), P50);
    const mark = (block: Block): Block => ({ ...block, censored: [P50.name] });
    return { ...all, [arm]: all[arm].map((block, i) => (i === 0 ? mark(block) : block)) };
  };

  it.each(['base', 'head'] as const)('on the side of %s is neither better nor worse', (arm) => {
    const { metrics, verdict } = judge(withLowerBounds(arm), { gates: [P50], loss: true, alpha: ALPHA });
    expect(metrics[0]).toMatchObject({ verdict: 'inconclusive', censored: [arm], change: null, interval: null });
    expect(verdict).toBe('inconclusive');
  });

  it('leaves the decision to loss', () => {
    const { base, head } = withLowerBounds('head');
    const losing = head.map((block): Block => ({ ...block, loss: { expected: 1000, lost: 500, events: 100, unexplained: 0 } }));
    const { loss, verdict } = judge({ paired: true, base, head: losing }, { gates: [P50], loss: true, alpha: ALPHA });
    expect(loss.verdict).toBe('regression');
    expect(verdict).toBe('regression');
  });
});

describe('a verdict', () => {
  it('is no regression for a change that is sure, and too small to count', () => {
    const metric = judged(times(1.03));
    expect(metric).toMatchObject({ verdict: 'pass', pValue: 2 ** -10 });
    expect(metric.change).toBeCloseTo(0.03, 2);
  });

  it('is inconclusive where the interval reaches beyond the smallest effect, though nothing is significant', () => {
    const head = BASE.map((value, i) => value * (i % 2 === 0 ? 1.25 : 0.85));
    expect(judged(head).verdict).toBe('inconclusive');
  });

  it('is inconclusive where so few pairs can show nothing', () => {
    const metric = judged([130, 130, 130], P50, [100, 100, 100]);
    expect(metric).toMatchObject({ verdict: 'inconclusive', interval: null, pValue: 1 / 8 });
  });

  it('needs the smallest effect that is asked for', () => {
    expect(judged(times(1.1), { ...P50, minEffect: 0.15 }).verdict).toBe('pass');
    expect(judged(times(1.2), { ...P50, minEffect: 0.15 }).verdict).toBe('regression');
  });

  it.each([
    { paired: true, test: 'pairs' },
    { paired: false, test: 'blocks' },
  ])('needs the smallest effect of $test of which one is 0, too', ({ paired }) => {
    const base = BASE.with(3, 0);
    const head = (ratio: number): readonly number[] => times(ratio).with(3, 0);
    expect(judged(head(1.01), P50, base, paired).verdict).not.toBe('regression');
    expect(judged(head(1.3), P50, base, paired)).toMatchObject({ verdict: 'regression', change: expect.closeTo(0.3, 1) });
    expect(judged(head(1.3), { ...P50, minEffect: 0.4 }, base, paired).verdict).not.toBe('regression');
    expect(judged(head(0.7), { ...DELIVERED, minEffect: 0.2 }, base, paired).verdict).toBe('regression');
    expect(judged(head(0.7), { ...DELIVERED, minEffect: 0.6 }, base, paired).verdict).not.toBe('regression');
  });

  it('is of differences where a value is 0, which has no ratio', () => {
    const zeros = BASE.map(() => 0);
    expect(judged(zeros, P50, zeros)).toMatchObject({ verdict: 'pass', change: null, interval: null });
    expect(judged(BASE, P50, zeros)).toMatchObject({ verdict: 'regression', change: null });
    expect(judged(zeros, P50, BASE)).toMatchObject({ verdict: 'improvement', change: expect.closeTo(-1, 1) });
    expect(judged(zeros, DELIVERED, BASE)).toMatchObject({ verdict: 'regression', change: expect.closeTo(-1, 1) });
  });

  it('asks for stronger evidence where more gates decide', () => {
    const gates = [P50, { ...P50, name: 'response.p99' }, { ...P50, name: 'transit.p50' }];
    const blocks = (arm: Block['arm'], values: readonly number[]): readonly Block[] =>
      values.map((value, pair) =>
        sampleBlock(
          { round: 'comparison', pair, arm, position: 0 },
          { ...Object.fromEntries(gates.map(({ name }) => [name, 100])), 'response.p50': value },
        ),
      );
    const seven = { paired: true, base: blocks('base', BASE.slice(0, 7)), head: blocks('head', times(1.3).slice(0, 7)) };
    expect(judge(seven, { gates: [P50], loss: false, alpha: ALPHA }).metrics[0]).toMatchObject({ verdict: 'regression', pValue: 2 ** -7 });
    const [first] = judge(seven, { gates, loss: false, alpha: ALPHA }).metrics;
    expect(first).toMatchObject({ verdict: 'inconclusive', pValue: 3 * 2 ** -7 });
  });

  it('is none where a block has no data: that is an error which names the side', () => {
    const missing = sides([1, 2], [1, null], P50);
    expect(() => judge(missing, { gates: [P50], loss: false, alpha: ALPHA })).toThrow('head has no data for response.p50');
  });

  it('of several is the worst, and an improvement shows beside passes', () => {
    const of = (...verdicts: readonly Judgement['verdict'][]): string => worstOf(verdicts.map((verdict) => ({ verdict })));
    expect(of('pass', 'improvement', 'inconclusive', 'regression')).toBe('regression');
    expect(of('pass', 'improvement', 'inconclusive')).toBe('inconclusive');
    expect(of('pass', 'improvement')).toBe('improvement');
    expect(of('pass', 'pass')).toBe('pass');
  });
});

describe('blocks that delivered nothing', () => {
  const NOTHING: LossCount = { expected: 1000, lost: 1000, events: 1, unexplained: 0 };

  /** Head delivers nothing in its first blocks, and so has no value of them. */
  function silent(count: number, blocks: number, ofBase = 0): Judgement {
    const of = (arm: Block['arm'], without: number): readonly Block[] =>
      BASE.slice(0, blocks).map((value, pair) =>
        sampleBlock(
          { round: 'comparison', pair, arm, position: 0 },
          { 'response.p50': pair < without ? null : value },
          pair < without ? NOTHING : NO_LOSS,
        ),
      );
    return judge({ paired: true, base: of('base', ofBase), head: of('head', count) }, { gates: [P50], loss: true, alpha: ALPHA });
  }

  it.each([1, 10])('of head, all %i, are a regression, in however few events', (blocks) => {
    const { metrics, loss, verdict } = silent(blocks, blocks);
    expect([verdict, loss.verdict]).toEqual(['regression', 'regression']);
    expect(metrics[0]).toMatchObject({ base: expect.any(Number), head: null, change: null, interval: null, verdict: 'inconclusive' });
  });

  it('of head, some, leave the metric open: what did arrive says nothing of them', () => {
    expect(silent(1, 10)).toMatchObject({ verdict: 'inconclusive', loss: { verdict: 'inconclusive' } });
    expect(silent(9, 10)).toMatchObject({ verdict: 'regression', loss: { verdict: 'regression' } });
  });

  it('of both sides are no regression of head', () => {
    expect(silent(10, 10, 10).loss.verdict).toBe('pass');
  });
});

describe('loss', () => {
  const lost = (events: number, perEvent = 1, unexplained = 0): LossCount => ({
    expected: 1000,
    lost: events * perEvent,
    events,
    unexplained,
  });

  function loss(base: readonly LossCount[], head: readonly LossCount[]): Judgement['loss'] {
    const of = (arm: Block['arm'], counts: readonly LossCount[]): readonly Block[] =>
      counts.map((count, pair) => sampleBlock({ round: 'comparison', pair, arm, position: 0 }, {}, count));
    return judge({ paired: true, base: of('base', base), head: of('head', head) }, { gates: [], loss: true, alpha: ALPHA }).loss;
  }
  const five = <T>(value: T): readonly T[] => Array.from({ length: 5 }, () => value);
  const ten = <T>(value: T): readonly T[] => Array.from({ length: 10 }, () => value);

  it('passes where there is none', () => {
    expect(loss(ten(NO_LOSS), ten(NO_LOSS))).toMatchObject({ verdict: 'pass', pValue: 1 });
  });

  it('is judged by events: one burst of any size is one', () => {
    const burst = loss(five(NO_LOSS), five(NO_LOSS).with(0, lost(1, 900)));
    const seven = loss(five(NO_LOSS), five(NO_LOSS).with(0, lost(7)));
    expect([burst.verdict, seven.verdict]).toEqual(['inconclusive', 'regression']);
    expect(burst.pValue).toBeCloseTo(2 ** -1, 12);
    expect(seven.pValue).toBeCloseTo(2 ** -7, 12);
  });

  it('of many events must be in many blocks, since those of one block may have one cause', () => {
    expect(loss(ten(lost(1)), ten(lost(5)))).toMatchObject({ verdict: 'regression', pValue: 2 ** -10 });
    // As many events, ten times as many in one block; no block besides it is worse.
    const once = ten(lost(1)).with(0, lost(100));
    const less = ten(lost(1)).map((count, i) => (i === 0 ? count : lost(2)));
    expect(loss(less, once).verdict).not.toBe('regression');
  });

  it('takes into account how many deliveries each side had', () => {
    const twice: LossCount = { expected: 2000, lost: 10, events: 10, unexplained: 0 };
    expect(loss([lost(5)], [twice])).toMatchObject({ verdict: 'pass' });
  });

  it('that nothing explains is a regression whatever its size, unless base has it too', () => {
    expect(loss(ten(NO_LOSS), ten(NO_LOSS).with(3, lost(1, 1, 1))).verdict).toBe('regression');
    expect(loss(ten(NO_LOSS).with(1, lost(1, 1, 1)), ten(NO_LOSS).with(3, lost(1, 1, 1))).verdict).toBe('pass');
  });
});
