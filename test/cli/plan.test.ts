import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentPlan } from '../../src/result/deployment-result.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import { canonicalWorkload } from '../../src/model/workload.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { readResultFile } from '../../src/store/read.ts';
import { benchHere } from '../bench-here.ts';
import { sampleCapacity, sampleRun } from '../sample-results.ts';
import { sampleWorkload } from '../sample-workload.ts';

/* Plans from capacities that are made up: nothing is searched here. */

const DEMAND = ['--connections', '5000', '--group-size', '50', '--rate', '2/s', '--slo', 'p99<100ms'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerbench-plan-'));
  const slow = sampleCapacity();
  // So that the capacity of a queue is not upstream's default, and stands in the configuration.
  const latency = { responseP99Us: 90_000, transitP999Us: 1_500_000, transitMaxUs: 2_000_000 };
  write('capacity.json', { ...slow, points: slow.points.map((point) => ({ ...point, latency })) });
  write('run.json', sampleRun({ id: 'r' }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, result: object): void => writeFileSync(join(folder, name), JSON.stringify(result));
const plan = (...args: readonly string[]): ReturnType<typeof benchHere> =>
  benchHere(['plan', ...args], { cwd: folder, env: { NO_COLOR: '1' } });

describe('a plan', () => {
  it('says what to deploy, with evidence, and its configuration runs as it stands', async () => {
    const { code, stdout, stderr } = await plan(...DEMAND, '--from', 'capacity.json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/layer +redis +2 × +carried 20,000\/s/);
    expect(stdout).toMatch(/processes +4 +2 × /);
    expect(stdout).toMatch(/capacity +600 +1 × +a queue of 200\/s × transit p99\.9/);
    expect(stdout).toContain('breaks first: the busiest server used 97 % of a core');
    const [, yaml] = /^portal_config\.yml\n\n([^]*?)\n\n/m.exec(stdout)!;
    expect(yaml).toContain('capacity: 600');
    await using redis = await ManagedRedis.start();
    writeFileSync(join(folder, 'portal_config.yml'), yaml!.replaceAll(/^ {2}/gm, '').replace('redis://127.0.0.1:6379', redis.url));
    const short = ['--members', '4', '--duration', '300ms', '--warmup', '0s', '--processes', '2', '--json', '--quiet'];
    const run = await benchHere(['run', 'fanout', '--config', 'portal_config.yml', ...short], { cwd: folder });
    const { layer, ledger } = JSON.parse(run.stdout) as RunResult;
    expect(layer).toMatchObject({ name: 'redis', options: { capacity: 600 } });
    expect([ledger.delivered, ledger.lostTotal]).toEqual([ledger.expected, 0]);
  });

  it('ends with 7 where nothing is confirmed to do it, and nothing not to', async () => {
    const { code, stdout } = await plan(...DEMAND, '--headroom', '2.05', '--from', 'capacity.json');
    expect(code).toBe(7);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('not confirmed: no configuration is known to carry 2.05 × the demand');
  });

  it('ends with 6 where all that was measured cannot do it, and is a result file like any other', async () => {
    const { code, stdout } = await plan(...DEMAND, '--headroom', '3', '--from', '.', '--json');
    expect(code).toBe(6);
    const file = join(folder, 'plan-of-json.json');
    writeFileSync(file, stdout);
    const result = (await readResultFile(file)) as DeploymentPlan;
    expect(result).toMatchObject({
      kind: 'plan',
      outcome: 'cannot',
      answer: null,
      candidates: [{ objections: ['carries 20,000/s, 2 × the demand'] }],
    });
    const shown = await benchHere(['report', file]);
    expect(shown.stdout).toContain('no configuration that was measured can do it');
    const mixed = await benchHere(['report', folder, '--format', 'markdown']);
    expect(mixed.stdout).toContain('## Layerbench: 1 plan, 1 WITHOUT ANSWER, capacity of 1 point, 1 run valid\n');
    rmSync(file);
  });

  it('is for a workload that was observed, at a scale', async () => {
    const workload = canonicalWorkload(sampleWorkload());
    writeFileSync(join(folder, 'observed.json'), JSON.stringify(sampleWorkload(), null, 2));
    const scenario = { name: 'observed', parameters: { workload, scale: 3, scaleBy: 'groups' } };
    write('observed-capacity.json', { ...sampleCapacity(), scenario });
    const args = ['--workload', 'observed.json', '--from', 'observed-capacity.json'];
    const { code, stdout, stderr } = await plan(...args, '--scale', '3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain('1,920 connections in 180 groups of 10 on average, with 0.515/s each on average (3 × the observed groups)');
    expect(text).toMatch(/processes 4 11 × the fewest/);
    const other = await plan(...args, '--scale', '2');
    expect([other.code, other.stdout]).toEqual([7, expect.stringContaining('measured at 3 × the')]);
    rmSync(join(folder, 'observed-capacity.json'));
  });

  it.each([
    [['--workload', 'observed.json', '--rate', '2/s'], '--workload has the whole demand, and --rate a part of one'],
    [['--workload', 'absent.json'], "cannot read the workload profile 'absent.json': there is no such file"],
    [[...DEMAND, '--scale', '2'], '--scale is of a workload, and there is none'],
    [['--connections', '50'], "--connections 5000 --group-size 50 --rate 2/s --slo 'p99<100ms'"],
    [['--connections', '50'], 'it lacks --group-size and --rate\n'],
    [DEMAND.slice(0, 4), 'it lacks --rate\n'],
    [[], 'it lacks --connections and --group-size and'],
    [[...DEMAND.slice(0, 4), '--rate', '2'], "rate '2' has no unit"],
    [[...DEMAND, '--slo', 'p98<1ms'], 'p98'],
    [[...DEMAND, '--group-size', '6000'], '--group-size 6000 is more than --connections 5000'],
    [[...DEMAND, '--headroom', '0.5'], "--headroom '0.5' is no number from 1 to 20"],
    [[...DEMAND, '--from', 'run.json'], 'there is no capacity result in run.json'],
    [[...DEMAND, '--from', 'capacity.json', '--layer', 'redis'], '--layer is for a measurement, and --from names results'],
    [[...DEMAND, '--members', '5'], '--members is what the plan chooses'],
    [[...DEMAND, '--layer', 'rediss'], "unknown layer 'rediss'"],
  ])('is refused: %j', async (args, message) => {
    const { code, stdout, stderr } = await plan(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
