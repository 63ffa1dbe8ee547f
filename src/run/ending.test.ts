import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { BenchError, environmentError } from '../model/errors.ts';
import { Ending } from './ending.ts';

describe('the end of a run', () => {
  const killed = environmentError('server 0 was killed by SIGINT', 'See what ended it, and run again.');

  it('is why a process that was just being started is gone', async () => {
    const stop = new AbortController();
    const ending = new Ending(stop.signal, () => 'start');
    const starting = ending.orWhyEnded(Promise.reject(killed));
    stop.abort();
    await expect(starting).rejects.toMatchObject({ kind: 'interrupted', message: expect.stringContaining('interrupted in phase start') });
  });

  it('waits for what has to be disposed of', async () => {
    const ending = new Ending(AbortSignal.abort(), () => 'start');
    expect(await ending.orWhyEnded(Promise.resolve('a resource'))).toBe('a resource');
    await expect(ending.unlessEnded(Promise.resolve('nothing to dispose of'))).rejects.toBeInstanceOf(BenchError);
  });

  it('is the interrupt, whoever dies of it', async () => {
    const stop = new AbortController();
    const ending = new Ending(stop.signal, () => 'start');
    stop.abort();
    ending.onDeath('server', 'server 0', 0, { code: null, signal: 'SIGKILL' });
    await expect(ending.orWhyEnded(Promise.reject(killed))).rejects.toMatchObject({ kind: 'interrupted' });
    await expect(ending.unlessEnded(Promise.resolve())).rejects.toMatchObject({ kind: 'interrupted' });
  });

  it('explains nothing before it has come', async () => {
    await expect(new Ending(new AbortController().signal, () => 'start').orWhyEnded(Promise.reject(killed))).rejects.toBe(killed);
  });

  it('is waited for by one listener, however many runs of a session do', async () => {
    const stop = new AbortController();
    const ending = new Ending(stop.signal, () => 'measure');
    const waits = Array.from({ length: 20 }, () => ending.early());
    expect(getEventListeners(ending.signal, 'abort')).toHaveLength(1);
    stop.abort();
    await Promise.all(waits);
    await new Ending(stop.signal, () => 'start').early();
  });
});
