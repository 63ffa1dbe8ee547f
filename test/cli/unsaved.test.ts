import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BenchProcess, inOneLine } from '../bench-process.ts';

const RUN = [
  'run',
  'fanout',
  '--layer',
  'memory',
  '--processes',
  '1',
  '--members',
  '2',
  '--rate',
  '50/s',
  '--warmup',
  '0s',
  '--duration',
  '1s',
];

describe.concurrent('a run whose folder of results is gone when it is over', () => {
  it.each([
    ['as text', [], /delivered +100\b/],
    ['as JSON', ['--json'], /"delivered": 100,/],
  ])('%s: shows its numbers, then the error, and ends with exit 3', async (_, more, numbers) => {
    using run = new BenchProcess([...RUN, ...more]);
    const folder = join(run.dir, 'results');
    await run.phase('measure');
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'no folder');
    const { code } = await run.exited;
    expect(run.stdout).toMatch(numbers);
    expect(inOneLine(run.stderr)).toMatch(/bench: cannot write results to '.*results'/);
    expect(run.stdout).not.toMatch(/result: /);
    expect(code, run.output).toBe(3);
  });
});
