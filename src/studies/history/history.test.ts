import { describe, expect, it } from 'vitest';
import { sampleCapacity, sampleComparison, sampleRun, type SampleChoices } from '../../../test/sample-results.ts';
import { withCensoring } from '../../result/censoring-of-stored.ts';
import { DEFAULT_CHANGE_POINT_OPTIONS } from '../../stats/change-points.ts';
import type { ResultFile } from '../../result/result-kinds.ts';
import { historyOf, type History } from './history.ts';
import { seededRandom } from '../../model/random.ts';

const sha = (i: number): string => i.toString(16).padStart(40, '0');
const git = (i: number): { readonly sha: string; readonly dirty: boolean } => ({ sha: sha(i), dirty: false });
const day = (i: number, minutes = 0): string => new Date(Date.UTC(2026, 0, 1 + i, 3, minutes)).toISOString();
const count = <T>(n: number, of: (i: number) => T): readonly T[] => Array.from({ length: n }, (_, i) => of(i));

const history = (results: readonly ResultFile[], metrics: readonly string[] = ['response.p50']): History =>
  historyOf(
    results.map((result) => ({ result, commit: null })),
    { ...DEFAULT_CHANGE_POINT_OPTIONS, metrics },
  );

/** A run of a commit, on its day. */
const run = (i: number, choices: Partial<SampleChoices> = {}): ResultFile =>
  sampleRun({ id: `r${i}`, startedAt: day(i), git: git(i), ...choices });

/** Between −1 % and +1 %. */
function wobble(): () => number {
  const random = seededRandom(4, 0);
  return () => 1 + 0.02 * (random() - 0.5);
}

describe('a history', () => {
  it('has a point for each commit, by time, with the medians of its runs', () => {
    const runs = [
      run(2, { p50Us: 300 }),
      run(1, { id: 'a', p50Us: 100 }),
      run(1, { id: 'b', p50Us: 120, startedAt: day(3) }),
      run(1, { id: 'c', p50Us: 500, startedAt: day(1, 9) }),
    ];
    const [series] = history(runs).series;
    expect(series!.benchmark).toBe('fanout/redis/node/p4');
    expect(series!.points).toEqual([
      { git: git(1), startedAt: day(1), results: 3 },
      { git: git(2), startedAt: day(2), results: 1 },
    ]);
    expect(series!.metrics.map(({ name, unit, values }) => ({ name, unit, values }))).toEqual([
      { name: 'response.p50', unit: 'duration', values: [120, 300] },
    ]);
  });

  it('leaves out what deliveries per second were counted before, beside those of today, and says so', () => {
    const before = count(12, (i) => run(i, { isOlder: true, deliveredPerSecond: 20_000 + (i % 2) }));
    const after = count(12, (i) => run(12 + i, { deliveredPerSecond: 7400 + (i % 2) }));
    const [mixed] = history([...before, ...after], ['delivered']).series[0]!.metrics;
    expect(mixed!.values).toEqual([...count(12, () => null), ...count(12, (i) => 7400 + (i % 2))]);
    expect(mixed).toMatchObject({ changes: [], apart: 'delivered: 12 values of the phase, as it was counted before, left out' });
    const [alone] = history(before, ['delivered']).series[0]!.metrics;
    expect(alone!.values).toEqual(count(12, (i) => 20_000 + (i % 2)));
    expect(alone!.apart).toBeUndefined();
  });

  it('counts a result that is there twice once, and a tree with changes apart from its commit', () => {
    const changed = run(1, { id: 'changed', git: { sha: sha(1), dirty: true }, startedAt: day(1, 5) });
    expect(history([run(1), run(1), changed]).series[0]!.points.map(({ results }) => results)).toEqual([1, 1]);
  });

  it('takes runs outside a repository one by one', () => {
    const outside = [run(1, { git: null }), run(2, { git: null })];
    expect(history(outside).series[0]!.points.map((point) => point.git)).toEqual([null, null]);
  });

  it('follows capacities by their estimates, or the middle of their intervals, apart from runs, and leaves out what has none', () => {
    const search = (i: number, shares: readonly [number, number]): ResultFile => {
      const { points, environment, run: identity, ...rest } = sampleCapacity(`c${i}`);
      const scaled = points.slice(0, 1).map(({ estimate, ...point }) => ({
        ...point,
        ...(i === 3 && { estimate }),
        lower: { ...point.lower!, ratePerSecond: 100 * shares[0] },
        upper: { ...point.lower!, ratePerSecond: 100 * shares[1] },
      }));
      const open = scaled.map((point) => ({ ...point, name: 'fanout/redis/node/p9', upper: null }));
      return {
        ...rest,
        run: { ...identity, startedAt: day(i) },
        environment: { ...environment!, git: git(i) },
        points: [...scaled, ...open],
      };
    };
    const { series, leftOut } = history([search(1, [1, 4]), search(2, [2, 8]), search(3, [2, 8]), run(1)], []);
    const [capacity, runs] = series;
    expect(series).toHaveLength(2);
    expect(runs!.benchmark).toBe('fanout/redis/node/p4');
    expect(capacity!.benchmark).toMatch(/^capacity of fanout\//);
    expect(capacity!.metrics).toMatchObject([{ name: 'capacity', unit: 'rate', direction: 'higherIsBetter', values: [200, 400, 52] }]);
    expect(leftOut).toEqual({ runs: 0, capacities: 3, comparisons: 0, lowerBounds: 0 });
  });

  it('believes a note about the commit', () => {
    const entries = [{ result: run(1), commit: sha(9) }];
    const { series } = historyOf(entries, { ...DEFAULT_CHANGE_POINT_OPTIONS, metrics: [] });
    expect(series[0]!.points[0]!.git).toEqual(git(9));
  });

  it('finds the commit of a step, and says which way it went', () => {
    const noise = wobble();
    const runs = count(20, (i) => run(i, { p50Us: (i < 12 ? 1000 : 1300) * noise(), deliveredPerSecond: (i < 12 ? 100 : 150) * noise() }));
    const { metrics } = history(runs, ['p50', 'delivered']).series[0]!;
    expect(metrics.map(({ name, changes }) => [name, changes.map(({ index, kind }) => [index, kind])])).toEqual([
      ['response.p50', [[12, 'regression']]],
      ['delivered', [[12, 'improvement']]],
    ]);
    expect(metrics[0]!.changes[0]!.before).toBeCloseTo(1000, -2);
    expect(metrics[0]!.changes[0]!.after).toBeCloseTo(1300, -2);
  });

  it('tells series apart by choices and machines, and names only what differs', () => {
    const { series } = history([run(1), run(2, { ratePerSecond: 100 }), run(3, { fingerprint: 'bbbbbbbbbbbb' })]);
    expect(series.map(({ distinction }) => distinction)).toEqual([
      ['rate 50/s', 'host aaaaaaaaaaaa (Sample CPU)'],
      ['rate 100/s', 'host aaaaaaaaaaaa (Sample CPU)'],
      ['rate 50/s', 'host bbbbbbbbbbbb (Sample CPU)'],
    ]);
    expect(history([run(1), run(2, { layer: 'memory' })]).series.map(({ benchmark, distinction }) => [benchmark, distinction])).toEqual([
      ['fanout/memory/node/p4', []],
      ['fanout/redis/node/p4', []],
    ]);
  });

  it('takes no lower bound for an observation, and counts those', () => {
    const survivors = withCensoring(sampleRun({ id: '2', git: git(2), lost: 500, startedAt: day(2) }));
    const { series, leftOut } = history([run(1), survivors, run(3)], ['p99', 'p50']);
    expect(series[0]!.metrics.map(({ name, values }) => [name, values])).toEqual([
      ['response.p99', [2000, null, 2000]],
      ['response.p50', [1000, 1000, 1000]],
    ]);
    expect(leftOut.lowerBounds).toBe(1);
  });

  it('leaves out and counts what is invalid or unfinished', () => {
    const unfinished = sampleRun({ id: 'cut', git: git(3) });
    const interrupted: ResultFile = { ...unfinished, run: { ...unfinished.run, state: 'interrupted' } };
    const { series, leftOut } = history([run(1), run(2, { reasons: ['the generator fell behind'] }), interrupted]);
    expect(series[0]!.points).toHaveLength(1);
    expect(leftOut).toEqual({ runs: 2, capacities: 0, comparisons: 0, lowerBounds: 0 });
  });

  it('follows by default what decides comparisons, and loss; of what has no deliveries, its measures', () => {
    expect(history([run(1)], []).series[0]!.metrics.map(({ name }) => name)).toEqual([
      'delivered',
      'response.p50',
      'response.p99',
      'cpu',
      'loss',
    ]);
    const bare = sampleRun({
      id: 'm',
      measures: [{ name: 'bytesPerConnection', label: '', unit: 'bytes', value: 9, direction: 'lowerIsBetter' }],
    });
    const idle: ResultFile = { ...bare, ledger: { ...bare.ledger, expected: 0, delivered: 0 } };
    expect(history([idle], []).series[0]!.metrics.map(({ name }) => name)).toEqual(['bytesPerConnection']);
  });

  it('has no series of a metric without data', () => {
    expect(history([run(1)], ['transit.p99']).series).toEqual([]);
    expect(history([]).series).toEqual([]);
  });
});

describe('ratios to a reference', () => {
  const reference = git(99);
  const compared = (i: number, change: number, baseGit = reference): ResultFile =>
    sampleComparison({ id: `c${i}`, startedAt: day(i), git: git(i), baseGit, change, lost: i });

  it('stand in for the absolute numbers of their benchmark, and for no other', () => {
    const { series, leftOut } = history([compared(1, 0), compared(2, 0.25), run(1), run(1, { id: 'm', layer: 'memory' })], ['p50', 'loss']);
    expect(series.map(({ benchmark, reference: of }) => [benchmark, of])).toEqual([
      ['fanout/memory/node/p4', null],
      ['fanout/redis/node/p4', sha(99)],
    ]);
    expect(series[1]!.metrics.map(({ name, unit, values }) => [name, unit, values])).toEqual([
      ['response.p50', 'times', [1, 1.25]],
      ['loss', 'ratio', [0.0001, 0.0002]],
    ]);
    expect(leftOut).toEqual({ runs: 0, capacities: 0, comparisons: 0, lowerBounds: 0 });
  });

  it('need a base that stays: with another one for every commit they are left out, and the numbers stand', () => {
    const moving = [compared(1, 0, git(50)), compared(2, 0.25, git(51))];
    const { series, leftOut } = history([...moving, run(1), run(2)]);
    expect(series.map(({ reference: of, points }) => [of, points.length])).toEqual([[null, 2]]);
    expect(leftOut).toEqual({ runs: 0, capacities: 0, comparisons: 2, lowerBounds: 0 });
  });

  it('are to what the base is called where both are of one commit', () => {
    const { series } = history([compared(1, 0, git(1)), compared(2, 0.1, git(2))]);
    expect(series.map(({ reference: of }) => of)).toEqual(['../reference']);
  });
});
