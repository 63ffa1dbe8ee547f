import { describe, expect, it } from 'vitest';
import { ErrorTally, mergeErrors } from './error-tally.ts';

describe('what was said of errors', () => {
  it('is counted by text, whatever number it had, with the first and the last time, the meaning and the remedy', () => {
    const [one, other] = [new ErrorTally(), new ErrorTally()];
    for (let i = 0; i < 3; i++) one.add('refused', `MOVED ${i} 127.0.0.1:7002`, 2e9 + i * 1e9);
    other.add('refused', 'MOVED 9 127.0.0.1:7001', 9e9);
    other.add('disconnected', '', 1e9);
    expect(mergeErrors([...one.list(), ...other.list()], 1e9)).toEqual([
      {
        cause: 'refused',
        text: 'MOVED … 127.0.0.1:…',
        count: 4,
        fromMs: 1000,
        toMs: 8000,
        meaning: expect.stringContaining('is a node of a Redis Cluster') as string,
        remedy: expect.stringContaining('redis-pubsub') as string,
      },
      { cause: 'disconnected', text: 'no reason was given', count: 1, fromMs: 0, toMs: 0 },
    ]);
  });

  it('is bounded, however much is said: what goes beyond is counted together, and none is lost', () => {
    const tally = new ErrorTally();
    const word = (i: number): string => String(i).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
    for (let i = 0; i < 1000; i++) tally.add('refused', `an error of ${word(i)}`, i);
    const told = mergeErrors(tally.list(), 0);
    expect(told.length).toBeLessThanOrEqual(21);
    expect(told[0]).toMatchObject({ text: 'other errors', count: 980 });
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  });

  it('holds no secret and no control code', () => {
    const tally = new ErrorTally();
    tally.add('refused', 'cannot reach redis://u:s3cret@h\u001b[2J', 0);
    expect(JSON.stringify(mergeErrors(tally.list(), 0))).not.toContain('s3cret');
    expect(tally.list()[0]!.text).toBe('cannot reach redis://***@h\\u001b[2J');
  });
});
