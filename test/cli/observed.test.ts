import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalWorkload } from '../../src/model/workload.ts';
import { benchHere, runHere } from '../bench-here.ts';
import { inOneLine } from '../bench-process.ts';
import { sampleWorkload } from '../sample-workload.ts';

/* The workload of a deployment, reproduced. */

/** 40 connections with 60 memberships, on 2 processes. */
const PORTAL = sampleWorkload({
  processes: 2,
  connections: 40,
  memberships: 60,
  groups: [
    { sizes: [2, 3], groups: 10, members: 26, sendsPerSecond: 40, spread: 0.6 },
    { sizes: [8, 15], groups: 3, members: 34, sendsPerSecond: 20, spread: 0.3 },
  ],
  joinsPerSecond: 4,
});

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-observed-'));
  writeFileSync(join(folder, 'observed.json'), JSON.stringify(PORTAL, null, 2));
  writeFileSync(join(folder, 'unknown.json'), JSON.stringify({ ...PORTAL, messages: null, joinsPerSecond: null }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const here = (...args: readonly string[]): ReturnType<typeof benchHere> => benchHere(args, { cwd: folder });

describe('bench run observed', () => {
  it('reproduces a workload on the processes of the deployment, and accounts for all of it', async () => {
    const args = ['--layer', 'redis', '--duration', '2s', '--warmup', '200ms', '--json', '--quiet'];
    const { results, stderr } = await runHere(['observed', '--workload', join(folder, 'observed.json'), '--scale', '2', ...args]);
    const [result] = results;
    expect(result?.scenario.parameters, stderr).toMatchObject({ workload: canonicalWorkload(PORTAL), scale: 2, scaleBy: 'groups' });
    expect(result).toMatchObject({ server: { processes: 2 }, ledger: { balanced: true, corrupt: 0, lost: { unexplained: 0 } } });
    // 26 groups at 120/s in sum: Poisson, so within five deviations.
    const sent = result!.throughput.sentPerSecond * 2;
    expect(Math.abs(sent - 240)).toBeLessThan(5 * Math.sqrt(240));
    expect(result!.ledger.expected).toBeGreaterThan(0);
    expect(result!.ledger.delivered).toBe(result!.ledger.expected);
    expect(result!.measures.map(({ name }) => name)).toContain('joinP50Us');
  });

  it('is explained without a run, at another scale', async () => {
    const { code, stdout } = await here('explain', 'observed', '--workload', 'observed.json', '--scale', '3', '--scale-by', 'members');
    expect(code).toBe(0);
    expect(stdout).toMatch(/--workload +layerbench-workload\/1 [0-9a-f]{8}/);
    expect(stdout).toMatch(/server processes +2/);
    expect(stdout).toMatch(/groups +13\n/);
    expect(stdout).toMatch(/members +180\n/);
    expect(stdout).toMatch(/sockets +133 /);
    expect(stdout).toMatch(/messages +60\/s/);
    expect(stdout).toMatch(/mean payload +23\d B/);
  });

  it.each<[string, readonly string[], string]>([
    ['no profile', [], 'it lacks --workload'],
    ['a profile that is not there', ['--workload', 'absent.json'], "cannot read the workload profile 'absent.json': there is no such file"],
    ['what nobody has seen', ['--workload', 'unknown.json'], 'does not have the sizes of messages, how many connections join groups'],
    ['two rates', ['--workload', 'observed.json', '--rate', '2/s', '--scale-by', 'rate', '--scale', '2'], 'Leave out one of them'],
    ['a scale with a unit', ['--workload', 'observed.json', '--scale', '2x'], "factor '2x' has a unit"],
  ])('refuses %s, with what to do', async (_, args, message) => {
    const { code, stderr } = await here('run', 'observed', ...args);
    expect([code, inOneLine(stderr)]).toEqual([2, expect.stringContaining(message)]);
  });
});
