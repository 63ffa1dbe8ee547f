import { describe, expect, it } from 'vitest';
import { BenchProcess, survivors } from '../bench-process.ts';

/* What dies while it is started: Ctrl-C in a terminal reaches a process between its fork and its own session. */

describe.concurrent('a process that is killed while it starts', () => {
  it.each(['warden', 'server', 'driver'])('leaves nothing: %s', async (role) => {
    using run = new BenchProcess(['run', 'fanout', '--layer', 'memory', '--processes', '1', '--duration', '60s']);
    let found: number[] = [];
    await run.until(`a ${role}`, () => (found = pidsOf(run, role)).length > 0);
    const others = run.children().map(({ pid }) => pid);
    run.signal('SIGSTOP');
    for (const pid of found) process.kill(pid, 'SIGKILL');
    run.signal('SIGINT');
    run.signal('SIGCONT');
    expect(await run.exited).toEqual({ code: 130, signal: null });
    expect(await survivors(others)).toEqual([]);
  });
});

function pidsOf(run: BenchProcess, role: string): number[] {
  return run.childrenOfRole(role).map(({ pid }) => pid);
}
