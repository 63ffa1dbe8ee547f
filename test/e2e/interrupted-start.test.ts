import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchProcess, survivors } from '../bench-process.ts';

/* What dies while it is started: Ctrl-C in a terminal reaches a process between its fork and its own session. */

describe.concurrent('a process that is killed by a Ctrl-C while it starts', () => {
  let folder = '';
  let layer = '';
  // Not while tests are collected: where none of these is run, nothing would remove it.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerbench-start-'));
    // Servers never listen, so that the run is still in its first phase.
    layer = join(folder, 'never-opens.mjs');
    writeFileSync(layer, `export const scope = 'process';\nexport const openLayer = () => new Promise(() => {});\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['warden', 'server', 'driver'])('leaves nothing, and is told as an interrupt: %s', async (role) => {
    using run = new BenchProcess(['run', 'fanout', '--layer', layer, '--processes', '1']);
    await run.until(`a ${role}`, () => run.childrenOfRole(role).length > 0);
    const children = run.children().map(({ pid }) => pid);
    run.signal('SIGSTOP');
    for (const { pid } of run.childrenOfRole(role)) process.kill(pid, 'SIGKILL');
    run.signal('SIGINT');
    run.signal('SIGCONT');
    expect(await run.exited, run.output).toEqual({ code: 130, signal: null });
    expect(await survivors(children)).toEqual([]);
  });

  it('needs no second one where a server never begins', async () => {
    using run = new BenchProcess(['run', 'fanout', '--layer', layer, '--processes', '2']);
    await run.until('two servers', () => run.childrenOfRole('server').length === 2);
    const children = run.children().map(({ pid }) => pid);
    run.signal('SIGINT');
    expect(await run.exited, run.output).toEqual({ code: 130, signal: null });
    expect(run.stderr).toContain('interrupted in phase start');
    expect(await survivors(children)).toEqual([]);
  });
});

describe('a server that cannot open its layer once drivers are ready', () => {
  it('is reported as why, and not the drivers that are killed for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerbench-start-'));
    using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
    const layer = join(folder, 'no-room.mjs');
    // Long enough for a driver to be ready; right whether it is or not.
    const openLayer = `() => new Promise((_, reject) => setTimeout(() => reject(new Error('no room')), 700))`;
    writeFileSync(layer, `export const scope = 'process';\nexport const openLayer = ${openLayer};\n`);
    using run = new BenchProcess(['run', 'fanout', '--layer', layer, '--processes', '6']);
    expect((await run.exited).code, run.output).toBe(3);
    expect(run.stderr).toContain('no room');
    expect(run.stderr).not.toContain('driver');
  });
});
