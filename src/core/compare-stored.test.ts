import { describe, expect, it } from 'vitest';
import { sampleRun, type SampleChoices } from '../../test/sample-results.ts';
import { compareStored, type StoredComparison, type StoredQuestion, type StoredRun } from './compare-stored.ts';
import { BenchError } from './errors.ts';

const QUESTION: StoredQuestion = { gateNames: ['response.p50'], minEffects: new Map(), alpha: 0.01, force: false };
const RUNS = 7;

/** So many runs of one thing, no two of the same latency. */
function runs(choices: Partial<SampleChoices> = {}, count = RUNS): readonly StoredRun[] {
  const { p50Us = 1000, ...rest } = choices;
  return Array.from({ length: count }, (_, i) => {
    const result = sampleRun({ id: `${p50Us}-${i}`, p50Us: p50Us * (1 + i / 1000), ...rest });
    return { path: `${result.run.id}.json`, result };
  });
}

const compared = (base: readonly StoredRun[], head: readonly StoredRun[], force = false): StoredComparison =>
  compareStored(base, head, { ...QUESTION, force });

/** The error of a comparison, with its hint. */
function refused(base: readonly StoredRun[], head: readonly StoredRun[]): BenchError {
  try {
    compared(base, head);
  } catch (error) {
    if (error instanceof BenchError) return error;
    throw error;
  }
  throw new Error('it was compared');
}

describe('results that are there already', () => {
  it('are compared benchmark by benchmark, whatever their order', () => {
    const base = [...runs({ layer: 'redis' }), ...runs({ layer: 'memory' })];
    const head = [...runs({ layer: 'memory', p50Us: 1300 }), ...runs({ layer: 'redis' })];
    const { benchmarks, vanished, warnings } = compared(base, head);
    expect(benchmarks.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['fanout/redis/node/p4', 'pass'],
      ['fanout/memory/node/p4', 'regression'],
    ]);
    expect(benchmarks[0]!.blocks).toHaveLength(2 * RUNS);
    expect([vanished, warnings]).toEqual([[], []]);
  });

  it('share a name where one choice differs, which then is a part of it', () => {
    const both = [...runs({ ratePerSecond: 50 }), ...runs({ ratePerSecond: 100 })];
    expect(compared(both, both).benchmarks.map(({ name }) => name)).toEqual([
      'fanout/redis/node/p4 (rate 50/s)',
      'fanout/redis/node/p4 (rate 100/s)',
    ]);
    const close = [...runs({ ratePerSecond: 10_000 }), ...runs({ ratePerSecond: 10_001 })];
    expect(new Set(compared(close, close).benchmarks.map(({ name }) => name)).size).toBe(2);
  });

  it('that are too few to show anything say so, with how many it takes', () => {
    const { benchmarks, warnings } = compared(runs({}, 1), runs({ p50Us: 3000 }, 1));
    expect(benchmarks[0]!.verdict).toBe('inconclusive');
    expect(warnings).toEqual([
      'fanout/redis/node/p4: 1 run of base and 1 run of head cannot show a regression in latency; it takes 5 of each (--repeat 5)',
    ]);
    const five = compared(runs({}, 5), runs({ p50Us: 3000 }, 5));
    expect([five.warnings, five.benchmarks[0]!.verdict]).toEqual([[], 'regression']);
  });

  it('name what has vanished, and what is new', () => {
    const base = [...runs({ layer: 'redis' }), ...runs({ layer: 'memory' })];
    const head = [...runs({ layer: 'redis' }), ...runs({ layer: 'redis-fast' })];
    const { vanished, warnings } = compared(base, head);
    expect(vanished).toEqual(['fanout/memory/node/p4']);
    expect(warnings).toEqual([
      'fanout/memory/node/p4 has vanished: base has it, head has not',
      'fanout/redis-fast/node/p4 is new: head has it, base has not',
    ]);
  });
});

describe('what is not comparable', () => {
  it.each([
    { of: 'a parameter', head: { ratePerSecond: 100 }, message: 'they differ in --rate: 50/s, 100/s' },
    { of: 'the layer', head: { layer: 'redis-fast' }, message: 'they differ in layer: redis, redis-fast' },
    { of: 'the processes', head: { processes: 8 }, message: 'they differ in processes: 4, 8' },
    { of: 'the machine', head: { fingerprint: 'bbbbbbbbbbbb' }, message: 'was run on unlike machines' },
  ])('is refused for $of, and compared with a warning by force', ({ head, message }) => {
    const error = refused(runs(), runs(head));
    expect(error).toMatchObject({ kind: 'usage', message: expect.stringContaining(message), hint: expect.stringContaining('--force') });
    const { benchmarks, warnings } = compared(runs(), runs(head), true);
    expect(benchmarks).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  it('is refused where no benchmark is on both sides', () => {
    const head = [...runs({ layer: 'redis-fast' }), ...runs({ layer: 'memory' })];
    expect(refused(runs(), head).message).toBe(
      'no benchmark is on both sides: base has fanout/redis/node/p4; head has fanout/redis-fast/node/p4, fanout/memory/node/p4',
    );
  });

  it('is an invalid run, named by its file', () => {
    const [broken, ...others] = runs({ reasons: ['the generator fell behind'] }, 2);
    expect(refused([...runs(), broken!, ...others], runs())).toMatchObject({
      kind: 'invalid',
      message: "'1000-0.json' is of an invalid run: the generator fell behind",
    });
  });

  it('is a run without data of what decides', () => {
    const empty = runs().map(({ path, result }) => ({ path, result: { ...result, latency: { ...result.latency, response: null } } }));
    expect(refused(runs(), empty)).toMatchObject({ kind: 'invalid', message: 'head has no data for response.p50' });
  });
});
