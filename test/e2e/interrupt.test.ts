import { describe, expect, it } from 'vitest';
import { BenchProcess, survivors } from '../bench-process.ts';

const LOAD = ['run', 'fanout', '--members', '8', '--rate', '50/s'];
const RUN = [...LOAD, '--processes', '2', '--layer', 'redis'];
/** Where nothing is measured yet, fewer processes show the same. */
const EARLY = [...LOAD, '--processes', '1', '--layer', 'memory', '--warmup', '20s', '--duration', '20s'];
const CTRL_C = '\x03';

/** Pids of a run; waits until all of its processes are there, where the phase allows. */
function pidsOf(run: BenchProcess): readonly number[] {
  return run.children().map((child) => child.pid);
}

describe.concurrent('Ctrl-C in a terminal', () => {
  it.each(['start', 'probe'])('in phase %s ends with 130 and leaves nothing', async (phase) => {
    using run = new BenchProcess(EARLY, { terminal: true });
    await run.phase(phase);
    const pids = pidsOf(run);
    run.type(CTRL_C);
    const exit = await run.exited;
    expect(exit.code, run.output).toBe(130);
    expect(run.results()).toEqual([]);
    expect(await survivors(pids)).toEqual([]);
  });

  it.each(['measure', 'drain'])('in phase %s writes what was measured, and ends with 130', async (phase) => {
    using run = new BenchProcess([...RUN, '--warmup', '100ms', '--duration', phase === 'measure' ? '30s' : '1s'], { terminal: true });
    await run.phase(phase);
    if (phase === 'measure') await run.until('deliveries', () => /[1-9][\d,]*(\.\d+)?\/s/.test(run.stdout));
    const pids = pidsOf(run);
    run.type(CTRL_C);
    const exit = await run.exited;
    expect(exit.code, run.output).toBe(130);
    const [result] = run.results();
    expect(result?.run.state).toBe('interrupted');
    expect(result?.ledger.balanced).toBe(true);
    expect(result?.ledger.lost.unexplained).toBe(0);
    expect(result?.ledger.delivered).toBeGreaterThan(0);
    // What was due until then was sent, to each of the members; on a busy machine, the last of it a moment later.
    const { offeredPerSecond } = result!.throughput;
    expect(8 * Math.round(offeredPerSecond * result!.run.durationSeconds)).toBe(result?.ledger.expected);
    expect(result?.validity.reasons.filter((reason) => /attempted/.test(reason))).toEqual([]);
    expect(result?.run.durationSeconds).toBeLessThanOrEqual(phase === 'measure' ? 29 : 1);
    expect(await survivors(pids)).toEqual([]);
  });

  it('a second time ends at once, and the warden removes the rest', async () => {
    using run = new BenchProcess(EARLY, { terminal: true });
    await run.phase('warmup');
    const pids = pidsOf(run);
    for (const pid of run.childrenOfRole('server').map((child) => child.pid)) process.kill(pid, 'SIGSTOP');
    run.type(CTRL_C);
    run.type(CTRL_C);
    const exit = await run.exited;
    expect(exit.code, run.output).toBe(130);
    expect(await survivors(pids)).toEqual([]);
  });
});

describe('signals of a supervisor', () => {
  it('SIGTERM ends with 143 and what was measured', async () => {
    using run = new BenchProcess([...RUN, '--warmup', '100ms', '--duration', '30s']);
    await run.phase('measure');
    await run.until('deliveries', () => /[1-9][\d,]*(\.\d+)?\/s/.test(run.stderr.slice(run.stderr.indexOf('measure'))));
    const pids = pidsOf(run);
    run.signal('SIGTERM');
    expect((await run.exited).code, run.output).toBe(143);
    expect(run.results()[0]?.run.state).toBe('interrupted');
    expect(await survivors(pids)).toEqual([]);
  });
});
