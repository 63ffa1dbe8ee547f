import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample-results.ts';
import { baselineKey, findBaseline, listBaselines, saveBaselines } from './baselines.ts';

let dir = '';
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'layerbench-baselines-'))));
afterEach(() => rmSync(dir, { recursive: true }));

describe('baselines', () => {
  it('are found for results of the same choices and machine, and for no others', async () => {
    const blocks = [
      sampleRun({ id: 'a', startedAt: '2026-01-01T00:00:00.000Z' }),
      sampleRun({ id: 'b', startedAt: '2026-01-01T00:01:00.000Z' }),
    ];
    await saveBaselines(dir, blocks);
    expect(await findBaseline(dir, sampleRun({ id: 'other', p50Us: 9 }))).toEqual(blocks);
    for (const different of [{ layer: 'memory' }, { processes: 2 }, { ratePerSecond: 9 }, { fingerprint: 'bbbbbbbbbbbb' }])
      expect(await findBaseline(dir, sampleRun({ id: 'other', ...different }))).toBeNull();
  });

  it('replace the ones before, of their own keys alone', async () => {
    const memory = sampleRun({ id: 'm', layer: 'memory' });
    await saveBaselines(dir, [sampleRun({ id: 'a' }), sampleRun({ id: 'b' }), memory]);
    await saveBaselines(dir, [sampleRun({ id: 'b', p50Us: 7 }), sampleRun({ id: 'c' })]);
    const found = await listBaselines(dir);
    expect(found.map(({ key, runs }) => [key, runs.map(({ run }) => run.id)])).toEqual([
      [baselineKey(memory), ['m']],
      [baselineKey(sampleRun({ id: 'x' })), ['b', 'c']],
    ]);
    expect(found[1]!.runs[0]!.latency.response!.p50).toBe(7);
    expect(readdirSync(join(dir, 'baselines', found[1]!.key))).toHaveLength(2);
  });

  it('stay as they were where the new ones cannot be written', async () => {
    await saveBaselines(dir, [sampleRun({ id: 'a' })]);
    const unwritable = sampleRun({ id: 'no/such/folder' });
    await expect(saveBaselines(dir, [sampleRun({ id: 'b' }), unwritable])).rejects.toThrow('cannot write');
    expect((await findBaseline(dir, sampleRun({ id: 'x' })))!.map(({ run }) => run.id)).toEqual(['a']);
  });

  it('have keys that say what they are of', () => {
    expect(baselineKey(sampleRun({ id: 'a' }))).toMatch(/^fanout-redis-node-p4-[0-9a-f]{8}-aaaaaaaaaaaa$/);
    expect(baselineKey(sampleRun({ id: 'a', layer: '../../mine' }))).not.toContain('/');
  });

  it('are none where there is no folder, or nothing in it; other files are no matter', async () => {
    expect(await listBaselines(join(dir, 'none'))).toEqual([]);
    await saveBaselines(dir, [sampleRun({ id: 'a' })]);
    writeFileSync(join(dir, 'baselines', 'README.md'), '');
    expect(await listBaselines(dir)).toHaveLength(1);
  });
});
