import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { connectRedis } from '../../src/redis/connection.ts';
import { benchHere } from '../bench-here.ts';
import { BENCH, inOneLine } from '../bench-process.ts';

const MEMORY = join(BENCH, '../../layers/memory.js');
let dir = '';

function moduleOf(name: string, source: string): string {
  const path = join(dir, `${name}.js`);
  writeFileSync(path, `import { MemoryLayer } from ${JSON.stringify(MEMORY)};\n${source}`);
  return path;
}

interface Table {
  readonly layers: readonly string[];
  readonly rows: readonly { readonly id: string; readonly cells: readonly { readonly kind: string; readonly reason: string }[] }[];
}

describe('bench conformance', () => {
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'layerbench-layers-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('shows the table of one layer', async () => {
    const done = await benchHere(['conformance', 'memory', '--quiet']);
    expect([done.code, done.stderr], done.stdout).toEqual([0, '']);
    expect(done.stdout).toMatch(/4\.1\.5 +the message received equals the message sent +✓/);
    expect(done.stdout).toMatch(/memory +\d\d pass, 0 fail/);
  });

  it("uses a Redis of one's own and leaves no key there", async () => {
    await using server = await ManagedRedis.start();
    const redis = await connectRedis(server.url);
    await redis.set('mine', 'stays');
    const done = await benchHere(['conformance', 'redis-pubsub', '--redis', server.url, '--json', '--quiet']);
    expect(done.code, done.stdout).toBe(0);
    const table = JSON.parse(done.stdout) as Table;
    expect(table.layers).toEqual(['redis-pubsub']);
    expect(table.rows.filter((row) => row.cells[0]!.kind === 'pass').length).toBeGreaterThan(30);
    expect(await redis.keys('*')).toEqual(['mine']);
    redis.disconnect();
  });

  it('passes a layer of a module of its own', async () => {
    const path = moduleOf('good', 'export const openLayer = async (settings) => new MemoryLayer(settings);');
    const done = await benchHere(['conformance', path, '--quiet']);
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toMatch(/good +1\d pass, 0 fail/);
  });

  it('tells what a broken layer does wrong, with exit 6', async () => {
    const path = moduleOf(
      'forgetful',
      `class Forgetful extends MemoryLayer {
        async groupDiscard() {}
      }
      export const openLayer = async (settings) => new Forgetful(settings);`,
    );
    const done = await benchHere(['conformance', path, '--json', '--quiet']);
    expect(done.code).toBe(6);
    const failed = (JSON.parse(done.stdout) as Table).rows.filter((row) => row.cells[0]!.kind === 'fail');
    expect(failed.map((row) => row.id)).toEqual(['4.1.16']);
    expect(failed[0]!.cells[0]!.reason).toMatch(/nothing may be left/);
  });

  it.concurrent.each([
    ['rediss', null, /unknown layer 'rediss'/, /Did you mean 'redis'\?/],
    ['./nothing.js', null, /there is no file \.\/nothing\.js/, /path of a module/],
    ['empty', '', /exports no function 'openLayer'/, /A layer module exports/],
    ['partial', 'export const openLayer = async () => ({});', /gives something without newChannel, send/, /docs\/layers\.md/],
    ['torn', 'export const =', /cannot be loaded/, /A layer module exports/],
  ])('refuses %s with exit 2', async (name, source, message, hint) => {
    const done = await benchHere(['conformance', source === null ? name : moduleOf(name, source), '--quiet']);
    expect(inOneLine(done.stderr)).toMatch(message);
    expect(inOneLine(done.stderr)).toMatch(hint);
    expect([done.code, done.stdout]).toEqual([2, '']);
  });
});
