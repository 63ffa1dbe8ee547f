import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample-results.ts';
import { parseResultFile } from './read.ts';

/** A result as a bench writes it that knows one cause less. */
function withoutCause(lost: number): string {
  const run = sampleRun({ id: 'a', lost });
  const { backendLost: _, ...known } = run.ledger.lost;
  return JSON.stringify({ ...run, ledger: { ...run.ledger, lost: known } });
}

describe('a result of before a cause of loss was known', () => {
  it('has lost nothing by it', () => {
    expect(parseResultFile(withoutCause(5), 'a.json')).toMatchObject({
      ledger: { lost: { backendLost: 0, overCapacity: 5 }, lostTotal: 5 },
    });
  });

  it.each([
    ['whose causes do not add up', withoutCause(5).replace('"lostTotal":5', '"lostTotal":6'), "the key 'backendLost' is missing"],
    [
      'without causes',
      JSON.stringify({ ...sampleRun({ id: 'a' }), ledger: { ...sampleRun({ id: 'a' }).ledger, lost: [] } }),
      'must be object',
    ],
  ])('is not one %s', (_, text, message) => {
    expect(() => parseResultFile(text, 'a.json')).toThrow(message);
  });
});
