import { describe, expect, it } from 'vitest';
import { sampleCapacity, sampleComparison, samplePlan, sampleRun, type SampleChoices } from '../../test/sample-results.ts';
import { historyOf } from '../studies/history/history.ts';
import type { RunResult } from '../result/run-result.ts';
import { headlineOf } from './headline.ts';
import { labelRuns } from './run-labels.ts';

const headline = (runs: readonly RunResult[]): readonly string[] =>
  headlineOf(labelRuns(runs), { comparisons: [], capacities: [], plans: [] }, null);

/** A run over memory that reaches its own process only. */
function isolated(id: string, processes: number): RunResult {
  const run = sampleRun({ id, layer: 'memory', processes, lost: 8750 });
  return { ...run, ledger: { ...run.ledger, lost: { ...run.ledger.lost, overCapacity: 0, isolated: 8750 } } };
}

describe('the headline', () => {
  it('says who delivered everything, and who lost what and why', () => {
    const [first, second] = headline([isolated('a', 8), sampleRun({ id: 'b', processes: 8 })]);
    expect(first).toBe('Redis delivered everything at 8 processes; in-memory lost 87.5 % because its messages never leave the process.');
    expect(second).toBe('99 % of what arrived took at most 2 ms with in-memory, 2 ms with Redis.');
  });

  it('puts together what is alike, and names the processes where they differ', () => {
    const runs = [1, 2].flatMap((processes) => [
      sampleRun({ id: `r${processes}`, processes }),
      sampleRun({ id: `p${processes}`, layer: 'redis-pubsub', processes }),
    ]);
    expect(headline([...runs, sampleRun({ id: 'x', processes: 4, lost: 100 })])[0]).toBe(
      'Redis and Redis pub/sub delivered everything at 1 and 2 processes; Redis lost 1 % at 4 processes because queues were over their capacity.',
    );
  });

  it('says of a cause that it is most of a loss, where it is not all', () => {
    const run = sampleRun({ id: 'a', lost: 100 });
    const mixed = { ...run, ledger: { ...run.ledger, lost: { ...run.ledger.lost, overCapacity: 60, expired: 40 } } };
    expect(headline([mixed])[0]).toBe('Redis lost 1 % at 4 processes mostly because queues were over their capacity.');
  });

  it('says what was still under way at the end: it did not arrive', () => {
    const under = (id: string, lost: number): RunResult => {
      const run = sampleRun({ id, lost });
      return { ...run, ledger: { ...run.ledger, delivered: 7500 - lost, inFlight: 2500 } };
    };
    expect(headline([under('a', 0)])[0]).toBe('Redis lost 25 % at 4 processes because messages were still under way when the run ended.');
    expect(headline([under('a', 1500)])[0]).toBe(
      'Redis lost 40 % at 4 processes mostly because messages were still under way when the run ended.',
    );
  });

  it('does not count runs that are not valid, and says so', () => {
    const broken = sampleRun({ id: 'b', layer: 'memory', lost: 10, reasons: ['the generator fell behind'] });
    expect(headline([sampleRun({ id: 'a' }), broken])).toEqual([
      'Redis delivered everything at 4 processes.',
      '99 % of what arrived took at most 2 ms.',
      '1 of 2 runs is not valid, and not counted here.',
    ]);
    expect(headline([broken])).toEqual(['The run is not valid: its numbers do not count.']);
  });

  it('is the verdict of a comparison', () => {
    const comparison = sampleComparison({ id: 'a', change: 0.2, baseGit: null });
    const [benchmark] = comparison.benchmarks;
    const worse = {
      ...benchmark!,
      verdict: 'regression' as const,
      metrics: benchmark!.metrics.map((metric) => ({ ...metric, verdict: 'regression' as const })),
    };
    expect(headlineOf([], { comparisons: [comparison], capacities: [], plans: [] }, null)).toEqual(['Head is no worse than base.']);
    expect(
      headlineOf([], { comparisons: [{ ...comparison, verdict: 'regression', benchmarks: [worse] }], capacities: [], plans: [] }, null),
    ).toEqual(['Head is worse than base: response.p50 +20 %.']);
  });

  it('is the most that each layer carries', () => {
    expect(headlineOf([], { comparisons: [], capacities: [sampleCapacity()], plans: [] }, null)).toEqual([
      'Redis carries 20,000/s of deliveries with 4 processes within p99<100ms, loss<0.01%.',
    ]);
  });

  it('is what a plan answers, or that it has no answer', () => {
    const of = (headroom: number): readonly string[] =>
      headlineOf([], { comparisons: [], capacities: [], plans: [samplePlan('p', sampleCapacity(), headroom)] }, null);
    const asked = '× the 10,000/s of deliveries of 5,000 connections in 100 groups of 50, each with 2/s, within p99<100ms.';
    expect(of(1.5)).toEqual([`Redis with 4 processes carries 2 ${asked}`]);
    expect(of(3)).toEqual([`Nothing that was measured can carry 3 ${asked}`]);
    expect(of(2.05)).toEqual([`Not confirmed: nothing that was measured is sure to carry 2.05 ${asked}`]);
  });

  it('is the latest change of a history', () => {
    const choices = (i: number): SampleChoices => ({
      id: `r${i}`,
      startedAt: new Date(Date.UTC(2026, 0, 1 + i)).toISOString(),
      git: { sha: `${i}`.padStart(8, 'a'), dirty: false },
      p50Us: (i < 8 ? 1000 : 1300) + (i % 3),
    });
    const runs = Array.from({ length: 16 }, (_, i) => sampleRun(choices(i)));
    const history = historyOf(
      runs.map((result) => ({ result, commit: null })),
      { maxPValue: 0.001, minMagnitude: 0, window: 50, metrics: ['response.p50'] },
    );
    expect(headlineOf(labelRuns(runs), { comparisons: [], capacities: [], plans: [] }, history)[0]).toBe(
      'In fanout/redis/node/p4, response.p50 rose by 30 % at aaaaaaa8: a regression.',
    );
  });
});
