import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample-results.ts';
import type { RunResult } from '../result/run-result.ts';
import { renderSeveral } from './side-by-side.ts';
import { PLAIN } from './style.ts';

/** Of 10,000 expected deliveries. */
function withFates(id: string, lost: number, inFlight: number): RunResult {
  const run = sampleRun({ id, lost });
  return { ...run, ledger: { ...run.ledger, delivered: 10_000 - lost - inFlight, inFlight } };
}

describe('runs side by side', () => {
  it('tell what is lost, what was in flight too, and what became of most of it', () => {
    const runs = [withFates('a', 0, 0), withFates('b', 6000, 0), withFates('c', 0, 250), withFates('d', 6000, 2500)];
    const text = renderSeveral(runs, { ...PLAIN, columns: 200 });
    const lost = text.split('\n').flatMap((line) => /none|\d+(?:\.\d+)? % (?:over capacity|in flight).*?(?= {2})/.exec(line)?.[0] ?? []);
    expect(lost.slice(0, 4)).toEqual(['none', '60 % over capacity', '2.5 % in flight', '85 % over capacity']);
  });
});
