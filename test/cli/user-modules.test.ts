import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchHere } from '../bench-here.ts';
import { bench, inOneLine } from '../bench-process.ts';

/* Scenarios and layers of users, in a folder that has nothing to do with the repository. */

const SHORT = ['--duration', '1s', '--warmup', '200ms', '--json', '--quiet'] as const;
const LAYER = `
import { zeroCounters } from 'layerbench';

export const scope = 'process';

export async function openLayer() {
  const groups = new Map();
  const handlers = new Map();
  return {
    counters: zeroCounters(),
    async newChannel() { return \`own!\${handlers.size}\`; },
    async send(channel, message) { await handlers.get(channel)?.(message); },
    receive() { return new Promise(() => {}); },
    consume(channel, handler) {
      handlers.set(channel, handler);
      return { pause() {}, resume() {}, async close() { handlers.delete(channel); } };
    },
    async groupAdd(group, channel) { groups.set(group, [...(groups.get(group) ?? []), channel]); },
    async groupDiscard(group, channel) { groups.set(group, (groups.get(group) ?? []).filter((name) => name !== channel)); },
    async groupSend(group, message) { for (const name of groups.get(group) ?? []) await handlers.get(name)?.(message); },
    async held() { return []; },
    async flush() {},
    async close() {},
  };
}
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-user-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: readonly string[]): ReturnType<typeof bench> => bench(args, { cwd: folder });
/** What never gets to load a module of 'layerbench', or TypeScript: no process of its own is needed. */
const here = (...args: readonly string[]): ReturnType<typeof bench> => benchHere(args, { cwd: folder });
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const change = (name: string, from: string, to: string): void =>
  write(name, readFileSync(join(folder, 'my-scenario.ts'), 'utf8').replace(from, to));

describe('a scenario of the user', () => {
  it('is begun by init, which overwrites nothing', async () => {
    const { code, stdout } = await here('init', 'scenario', 'my-scenario');
    expect([code, stdout]).toEqual([0, expect.stringContaining('bench run ./my-scenario.ts')]);
    const again = await here('init', 'scenario', 'my-scenario');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('my-scenario.ts exists already')]);
    expect((await here('init', 'scenario', '../x')).code).toBe(2);
  });

  it('runs in TypeScript, with flags of its own', async () => {
    const { results, stderr } = await run(
      'run',
      './my-scenario.ts',
      '--talkers',
      '2',
      '--listeners',
      '3',
      '--layer',
      'memory',
      '--processes',
      '1',
      ...SHORT,
    );
    expect(results, stderr).toHaveLength(1);
    expect(results[0]).toMatchObject({
      scenario: { name: 'my-scenario', parameters: { talkers: 2, listeners: 3 } },
      ledger: { expected: 100, delivered: 100 },
    });
  });

  it('is explained, and helped with', async () => {
    expect((await run('explain', './my-scenario.ts', '--talkers', '2')).stdout).toMatch(/--talkers +2 +members who talk/);
    expect((await run('run', './my-scenario.ts', '--help')).stdout).toContain('members who only listen (0 to 10,000) [16]');
  });

  it('runs in JavaScript', async () => {
    write(
      'plain.mjs',
      `import { defineScenario } from 'layerbench';
      const sizes = { kind: 'file', flag: 'sizes', default: '', holds: 'json', help: 'sizes of payloads' };
      export default defineScenario({ name: 'plain', summary: 'one to one', parameters: { sizes }, plan: ({ sizes }, { processes }) => ({
        processes, groups: 2, sockets: [{ process: 0, groups: [0, 1] }, { process: 0, groups: [] }],
        publishers: [0, 1].map((group) => ({ socket: 1, group, arrivals: { kind: 'constant', perSecond: 20, phaseNs: 0 } })),
        payloadBytes: 0, payloads: JSON.parse(sizes), warmupMs: 0, durationMs: 1000 }) });`,
    );
    write('sizes.json', '{ "bytes": [0, 2000],\n "at": [0, 1] }');
    const args = ['./plain.mjs', '--layer', 'memory', '--processes', '1', '--sizes', 'sizes.json'];
    const { results, stderr } = await run('run', ...args, '--json', '--quiet');
    expect(results[0]?.ledger, stderr).toMatchObject({ expected: 40, delivered: 40, corrupt: 0 });
    expect(results[0]?.scenario.parameters).toEqual({ sizes: '{"at":[0,1],"bytes":[0,2000]}' });
    const explained = (await run('explain', ...args)).stdout;
    expect(explained).toMatch(/mean payload +1,?000 B +from message to message 0 B to 1.95 KiB/);
    expect(explained).toMatch(/--sizes +{"at":\[0,1\],"bytes":\[0,2000\]}/);
  });

  it('is told of a file that cannot be read', async () => {
    const { code, stderr } = await run('explain', './plain.mjs', '--sizes', 'absent.json');
    expect([code, inOneLine(stderr)]).toEqual([2, expect.stringContaining("cannot read the file 'absent.json': there is no such file")]);
  });

  it('that throws: file and line, exit 2', async () => {
    change('throws.ts', 'refuseEndless(parameters, talkers);', "throw new Error('oh no');");
    const { code, stderr } = await run('run', './throws.ts');
    expect([code, stderr]).toEqual([2, expect.stringContaining('./throws.ts:22: my-scenario threw: oh no')]);
  });

  it('whose Plan is impossible: file and line, exit 2', async () => {
    change('impossible.ts', 'member % processes', '7');
    const { code, stderr } = await run('run', './impossible.ts');
    expect(code).toBe(2);
    expect(inOneLine(stderr)).toContain(
      './impossible.ts:20: the Plan of my-scenario: sockets[0] opens to process 7, which does not exist: there are 2',
    );
  });

  it.concurrent.each([
    ['syntax.mjs', 'const a = 1;\nfoo bar', './syntax.mjs:2: cannot be loaded'],
    ['syntax.ts', 'const a: number = 1;\nfoo bar', './syntax.ts:2: cannot be loaded'],
    ['import.mjs', '\nimport "not-there";', './import.mjs:2: cannot be loaded'],
    ['nothing.mjs', 'export const a = 1;', './nothing.mjs is no scenario: it has no default export'],
    ['nameless.mjs', 'export default { summary: "" };', "./nameless.mjs is no scenario: its name is not like 'my-scenario'"],
  ])('%s that cannot be loaded: file and line, exit 2', async (name, text, message) => {
    write(name, text);
    const { code, stderr } = await here('run', `./${name}`);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('that is not there', async () => {
    const { code, stderr } = await here('run', './absent.ts');
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no file ./absent.ts')]);
  });
});

describe('a layer of the user', () => {
  it('runs beside a built-in one, in the server processes', async () => {
    write('my-layer.mjs', LAYER);
    const { results, stderr } = await run(
      'run',
      'fanout',
      '--layer',
      'memory,./my-layer.mjs',
      '--processes',
      '2',
      '--members',
      '6',
      ...SHORT,
    );
    expect(results, stderr).toHaveLength(2);
    const [builtIn, own] = results;
    expect(own!.layer).toEqual({ name: 'my-layer', scope: 'process', options: {} });
    expect(own!.ledger).toEqual({ ...builtIn!.ledger, reordered: own!.ledger.reordered, reorderExtentMax: own!.ledger.reorderExtentMax });
    expect(own!.ledger.lost.isolated).toBe(own!.ledger.expected / 2);
  });

  it.each([
    [
      'half.mjs',
      'export const openLayer = () => ({ send() {} });',
      2,
      'openLayer of ./half.mjs gives something without newChannel, receive,',
    ],
    ['none.mjs', 'export const a = 1;', 2, "./none.mjs exports no function 'openLayer'"],
    ['down.mjs', "export const openLayer = () => { throw new Error('no backend'); };", 3, 'openLayer of ./down.mjs failed: no backend'],
  ])('%s that is none, or does not open', async (name, text, exit, message) => {
    write(name, text);
    const { code, stderr } = await run('run', 'fanout', '--layer', `./${name}`, '--quiet', '--duration', '1s');
    expect([code, inOneLine(stderr)]).toEqual([exit, expect.stringContaining(message)]);
  });

  it('that is not there', async () => {
    expect((await here('run', 'fanout', '--layer', './absent.js')).stderr).toContain('there is no file ./absent.js');
    expect((await here('run', 'fanout', '--layer', 'rediss')).stderr).toContain("unknown layer 'rediss'");
  });
});
