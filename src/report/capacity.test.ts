import { describe, expect, it } from 'vitest';
import { sampleCapacity } from '../../test/sample-results.ts';
import { sampleWorkload } from '../../test/sample-workload.ts';
import type { CapacityPoint, CapacityResult } from '../result/capacity-result.ts';
import { PROFILES } from '../studies/capacity/profile.ts';
import { canonicalWorkload } from '../model/workload.ts';
import { renderCapacity } from './capacity.ts';
import { PLAIN } from './style.ts';

const bound = (ratePerSecond: number, confirmed = true): CapacityPoint['lower'] => ({
  ratePerSecond,
  deliveredPerSecond: 100 * ratePerSecond,
  deliverySeconds: 5,
  confirmed,
});

function point(processes: number, parts: Partial<CapacityPoint>): CapacityPoint {
  return {
    name: `fanout/redis/node/p${processes}`,
    layer: { name: 'redis', scope: 'shared' },
    server: { kind: 'node', processes },
    answer: 'interval',
    lower: null,
    upper: null,
    limitedBy: null,
    cost: null,
    latency: null,
    searches: [],
    ...parts,
  };
}

const { warmupSeconds: _, ...quick } = PROFILES.quick;
const RESULT: CapacityResult = {
  schemaVersion: 1,
  kind: 'capacity',
  tool: { name: 'layerbench', version: '0.1.0' },
  run: { id: 'a', startedAt: '2026-01-14T08:30:00.000Z', durationSeconds: 1, command: '', seed: 1, tags: {}, state: 'completed' },
  environment: null,
  scenario: { name: 'fanout', parameters: {} },
  goal: { slo: ['p99<100ms'], ignoreIsolated: false, profile: 'quick', ...quick, timeBudgetSeconds: null },
  points: [
    point(1, { lower: bound(120), upper: bound(130), limitedBy: { kind: 'serverCpu', detail: 'the busiest server used 97 % of a core' } }),
    point(2, { lower: bound(240), upper: bound(260, false) }),
    point(3, { answer: 'atLeast', lower: bound(130) }),
    point(4, { answer: 'below', upper: bound(1) }),
    point(5, { answer: 'isolated' }),
    point(6, { answer: 'unknown' }),
  ],
  scalability: [
    {
      layer: 'redis',
      server: 'node',
      lambda: { value: 12_000, interval: null },
      sigma: { value: 0.1, interval: [0.05, 0.2] },
      kappa: { value: 0.01, interval: [0, null] },
      knee: { processes: { value: 2, interval: null }, perSecond: { value: 24_000, interval: null } },
      validToProcesses: 9,
      isContention: true,
      caveats: ['too few replicates for intervals: 1, of 3'],
    },
  ],
  warnings: ['the time was over before 1 of 6 searches had ended'],
};

describe('a capacity result', () => {
  // Wide enough for bars of 24 columns.
  const text = renderCapacity(RESULT, { ...PLAIN, columns: 95 });
  const lines = text.split('\n');
  const line = (processes: number): string => lines.find((each) => new RegExp(`^ +${processes} {2}`).test(each))!;

  it('has a line for each number of processes, with its interval, its bar and what limits it', () => {
    expect(line(1)).toMatch(/\[120\/s, 130\/s\] +█{11}░ +12,000\/s +server CPU$/);
    expect(line(2)).toMatch(/\[240\/s, 260\/s \?\] +█{22}░{2} +24,000\/s +knee$/);
    expect(line(3)).toMatch(/≥ 130\/s +█{12}▶ /);
    expect(line(4)).toContain('below 1/s');
    expect(line(5)).toContain('no rate: isolated');
    expect(line(6)).toContain('nothing valid was measured');
  });

  it('says what the law says, and what it does not', () => {
    const law = lines.slice(lines.indexOf('  scalability law, valid up to N = 9:') + 1).map((each) => each.trim());
    expect(law.slice(0, 4)).toEqual(['λ = 12,000/s', 'σ = 0.1 (0.05 … 0.2)', 'κ = 0.01 (0 … ∞)', 'knee at N = 2, 24,000/s delivered']);
    expect(text).toContain('it is the contention of this machine');
    expect(text).toContain('too few replicates for intervals: 1, of 3');
    expect(text).toContain('! the time was over before 1 of 6 searches had ended');
  });

  it('shows of an observed workload which multiple of its rate is sustained', () => {
    const scenario = { name: 'observed', parameters: { workload: canonicalWorkload(sampleWorkload()), scale: 1, scaleBy: 'groups' } };
    const text = renderCapacity({ ...sampleCapacity(), scenario }, PLAIN).replaceAll(/\s+/g, ' ');
    // 52/s for each group, and 30.9/s for 60 groups.
    expect(text).toContain('101 × the observed rate of 0.515/s for each group; sustained 9 times in 10: 52/s');
    expect(renderCapacity(sampleCapacity(), PLAIN)).not.toContain('observed');
  });
});
