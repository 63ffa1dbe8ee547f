import { describe, expect, it } from 'vitest';
import { sampleRun, type SampleChoices } from '../../../test/sample-results.ts';
import { compareStored, type StoredComparison, type StoredQuestion, type StoredRun } from './stored.ts';
import { BenchError } from '../../model/errors.ts';

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

const interrupted = ({ path, result }: StoredRun): StoredRun => ({
  path,
  result: { ...result, run: { ...result.run, state: 'interrupted' } },
});

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

  it('never have deliveries per second judged by two definitions: what is usual leaves them out, what was asked for stays open', () => {
    const [older, today] = [runs({ isOlder: true, deliveredPerSecond: 20_000 }), runs({ deliveredPerSecond: 7400 })];
    const reason =
      'fanout/redis/node/p4: delivered is not judged: 7 of 14 results have it of the phase, as it was counted before; run them again to compare it';
    const usual = compareStored(older, today, { ...QUESTION, gateNames: null });
    expect(usual.benchmarks[0]!.metrics.map(({ name }) => name)).toEqual(['response.p50', 'response.p99', 'cpu']);
    expect([usual.benchmarks[0]!.verdict, usual.warnings]).toEqual(['pass', [reason]]);
    const asked = compareStored(older, today, { ...QUESTION, gateNames: ['delivered'] });
    expect(asked.benchmarks[0]).toMatchObject({
      verdict: 'inconclusive',
      metrics: [{ name: 'delivered', base: 20_000, head: 7400, change: null, verdict: 'inconclusive' }],
    });
    expect(asked.warnings).toEqual([reason]);
  });

  it('have deliveries per second judged where both sides have them by one definition, whichever', () => {
    for (const isOlder of [true, false]) {
      const [base, head] = [runs({ isOlder, deliveredPerSecond: 20_000 }), runs({ isOlder, deliveredPerSecond: 7400 })];
      const { benchmarks, warnings } = compareStored(base, head, { ...QUESTION, gateNames: ['delivered'] });
      expect([benchmarks[0]!.verdict, warnings]).toEqual(['regression', []]);
    }
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

describe('loss of results that are there already', () => {
  const withLedger = (found: readonly StoredRun[], ledger: Partial<StoredRun['result']['ledger']>): readonly StoredRun[] =>
    found.map(({ path, result }) => ({ path, result: { ...result, ledger: { ...result.ledger, ...ledger } } }));

  it('is what was in flight, too', () => {
    const head = withLedger(runs(), { delivered: 9900, inFlight: 100, lossEvents: 8 });
    const { loss } = compared(runs(), head).benchmarks[0]!;
    expect(loss).toMatchObject({ verdict: 'regression', head: { expected: 70_000, lost: 700, events: 56 } });
  });

  it('of everything is a regression, though head has no latency at all', () => {
    const silent = runs({ lost: 10_000 }, 1).map(({ path, result }) => ({
      path,
      result: { ...result, latency: { ...result.latency, response: null } },
    }));
    const { benchmarks, warnings } = compared(runs({}, 1), silent);
    expect([benchmarks[0]!.verdict, benchmarks[0]!.metrics[0]!.head]).toEqual(['regression', null]);
    expect(warnings[0]).toBe('fanout/redis/node/p4: head delivered nothing in 1 of 1 run: loss decides where a metric has no value');
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
      message: "the run of '1000-0.json' is invalid: the generator fell behind",
    });
  });

  it('is a run that was interrupted', () => {
    const stopped = runs().map((stored, i) => (i === 2 ? interrupted(stored) : stored));
    expect(refused(runs(), stopped)).toMatchObject({ kind: 'invalid', message: "the run of '1000-2.json' was interrupted" });
  });

  it('is compared by force, with a warning for each such run', () => {
    const broken = runs({ reasons: ['the generator fell behind'] }, 2);
    const head = [...runs({}, 5), ...broken, interrupted(runs()[6]!)];
    expect(compared(runs(), head, true).warnings).toEqual([
      "the run of '1000-0.json' is invalid: the generator fell behind",
      "the run of '1000-1.json' is invalid: the generator fell behind",
      "the run of '1000-6.json' was interrupted",
    ]);
  });

  it('is a run without data of what decides', () => {
    const empty = runs().map(({ path, result }) => ({ path, result: { ...result, latency: { ...result.latency, response: null } } }));
    expect(refused(runs(), empty)).toMatchObject({ kind: 'invalid', message: 'head has no data for response.p50' });
  });
});
