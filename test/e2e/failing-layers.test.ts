import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bench, inOneLine } from '../bench-process.ts';

/* A server process that throws is heard, wherever it throws: the run is invalid, with the process and the message. */

const REGISTRY = pathToFileURL(join(import.meta.dirname, '../../dist/src/layers/registry.js')).href;
const folder = mkdtempSync(join(tmpdir(), 'layerbench-failing-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A memory layer that does something at its 30th publish. */
function layerThat(name: string, does: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { openLayer as open } from '${REGISTRY}';
import { BackendError } from 'layerbench';
export async function openLayer(settings) {
  const base = await open('memory', settings);
  let published = 0;
  const groupSend = async (group, message) => {
    if (++published === 30) { ${does} }
    return base.groupSend(group, message);
  };
  return new Proxy(base, { get: (layer, key) => key === 'groupSend' ? groupSend : typeof layer[key] === 'function' ? layer[key].bind(layer) : layer[key] });
}
`,
  );
  return file;
}

const run = (layer: string, warmup: string) =>
  bench([
    'run',
    'fanout',
    '--layer',
    layer,
    '--processes',
    '1',
    '--members',
    '3',
    '--rate',
    '100/s',
    '--duration',
    '1s',
    '--warmup',
    warmup,
  ]);

describe.concurrent('a layer that fails at its 30th publish', () => {
  it.each([
    ['as it is called', "throw new TypeError('no such shard');"],
    ['in a promise that nobody waits for', "void Promise.reject(new TypeError('no such shard'));"],
  ])('%s: the run is invalid, and says which process failed and with what', async (name, does) => {
    const { code, stderr, stdout, results } = await run(layerThat(name.replaceAll(' ', '-'), does), '0s');
    const reason = /server 0 failed in phase (measure|drain): no such shard/;
    expect([code, results[0]?.validity.valid], stderr).toEqual([4, false]);
    expect(results[0]!.validity.reasons.join('; ')).toMatch(reason);
    expect(inOneLine(stdout + stderr)).toMatch(reason);
    expect(stderr).not.toMatch(/bug in bench|^\s+at /m);
  });

  it('before anything is measured: exit 4, with the place in the layer, and it is no bug in bench', async () => {
    const { code, stderr, results } = await run(layerThat('early', "throw new TypeError('no such shard');"), '2s');
    expect([code, results]).toEqual([4, []]);
    expect(inOneLine(stderr)).toMatch(/server 0: no such shard.* The layer \S*early\.mjs runs in that process: see .*early\.mjs:7/);
    expect(stderr).not.toMatch(/bug in bench|^\s+at /m);
  });

  it('as layers refuse: the message is refused, and the run goes on', async () => {
    const { results, stderr } = await run(layerThat('refusing', "throw new BackendError('away');"), '0s');
    expect(results[0]?.run.state, stderr).toBe('completed');
    expect(results[0]!.ledger.lost.refused).toBe(3);
  });
});
