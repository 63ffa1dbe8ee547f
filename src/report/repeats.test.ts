import { describe, expect, it } from 'vitest';
import { sampleRun, type SampleChoices } from '../../test/sample-results.ts';
import { renderRepeats } from './repeats.ts';
import { PLAIN } from './style.ts';

const WIDE = { ...PLAIN, columns: 120 };

const runs = (p50sUs: readonly number[], choices: Partial<SampleChoices> = {}): ReturnType<typeof sampleRun>[] =>
  p50sUs.map((p50Us, i) => sampleRun({ id: `${i}`, p50Us, ...choices }));

describe('runs of the same point', () => {
  it('are summed up by their median, and by what they vary from run to run', () => {
    const text = renderRepeats(runs([1000, 1100, 1020]), WIDE);
    expect(text).toContain('the range (a 95 % interval takes 6 values)');
    expect(text).toMatch(/node +redis +4 +3 +10,000\/s ±0 % +none +1\.02 ms ±7\.8 % +2\.04 ms ±7\.8 %/);
  });

  it('have an interval from six on', () => {
    const text = renderRepeats(runs([1000, 1100, 1020, 990, 980, 1010]), WIDE);
    expect(text).toContain('the 95 % interval from run to run');
    // Of six, from the smallest to the largest.
    expect(text).toMatch(/ 1 ms ±9\.5 %/);
  });

  it('have an interval by their values: a run that delivered nothing has no latency', () => {
    const silent = (id: string): ReturnType<typeof sampleRun> => {
      const run = sampleRun({ id, lost: 10_000 });
      return { ...run, latency: { ...run.latency, response: null }, ledger: { ...run.ledger, delivered: 0 } };
    };
    const text = renderRepeats([...runs([1000, 1100, 1020, 990]), silent('x'), silent('y')], { ...WIDE, columns: 200 });
    expect(text).toContain('the 95 % interval, or the range of fewer than 6 values, from run to run');
    expect(text).toMatch(/≥ 1\.01 ms ±8\.9 % \(4 of 6\)/);
    expect(text).toContain('(3 of 5): only so many runs have a value');
  });

  it('are told apart by what was chosen for them; one run alone varies by nothing that is known', () => {
    const text = renderRepeats([...runs([1000, 1100]), ...runs([2000, 2200], { processes: 8 }), ...runs([1], { layer: 'memory' })], WIDE);
    expect(text.trimEnd().split('\n')).toHaveLength(4);
    expect(renderRepeats(runs([1000]), WIDE)).toBe('');
  });

  it('count where they are valid, and say in how many of them something was lost', () => {
    const invalid = runs([50_000], { reasons: ['the generator fell behind'] });
    const text = renderRepeats([...runs([1000, 1000], { lost: 0 }), ...runs([1000], { lost: 30 }), ...invalid], WIDE);
    expect(text).toMatch(/ 3 +10,000\/s ±0 % +0\.1 %, in 1 of 3 +1 ms ±0 % .*\n/);
    const flying = runs([1000, 1000, 1000], { lost: 30 }).map((run) => ({ ...run, ledger: { ...run.ledger, inFlight: 70 } }));
    expect(renderRepeats(flying, WIDE)).toContain('1 %, in 3 of 3');
  });
});
