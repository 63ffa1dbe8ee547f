import { describe, expect, it } from 'vitest';
import { ClientTally, parseClientList, type RedisClient, type RunConnections } from './clients.ts';

const client = (id: number, fields: Partial<RedisClient> = {}): RedisClient => ({
  id,
  address: `127.0.0.1:${5000 + id}`,
  name: '',
  idleSeconds: 0,
  flags: 'N',
  ...fields,
});

describe('the list of clients', () => {
  it('is read as Redis writes it', () => {
    const text =
      'id=12 addr=127.0.0.1:46878 laddr=127.0.0.1:6379 fd=8 name= age=3 idle=0 flags=N db=0 sub=0 psub=0 cmd=client|list user=default\n' +
      'id=13 addr=[::1]:46880 laddr=[::1]:6379 fd=9 name=mine age=9 idle=7 flags=Pb cmd=bzpopmin\n\nnonsense\n';
    expect(parseClientList(text)).toEqual([
      { id: 12, address: '127.0.0.1:46878', name: '', idleSeconds: 0, flags: 'N' },
      { id: 13, address: '[::1]:46880', name: 'mine', idleSeconds: 7, flags: 'Pb' },
    ]);
  });
});

describe('who else is at work', () => {
  const run: RunConnections = { oldestId: 10, processes: [new Set(['bench']), new Set(['server', '127.0.0.1:5012'])] };
  const own = [client(10, { name: 'bench' }), client(11, { name: 'server' }), client(12)];
  const othersOf = (...readings: readonly (readonly RedisClient[] | null)[]): ClientTally['others'] => {
    const tally = new ClientTally();
    for (const reading of readings) tally.add(reading, run);
    return tally.others;
  };

  it('is nobody where all connections are of the run, by name or address', () => expect(othersOf(own, own, own)).toBeNull());

  it('is nobody where others are idle, or part of the Redis', () => {
    const rest = [client(20, { idleSeconds: 3 }), client(21, { flags: 'S' }), client(22, { name: 'sentinel-4f-cmd' })];
    expect(othersOf([...own, ...rest], [...own, ...rest])).toBeNull();
  });

  it('is nobody where a monitor looks once, and somebody where it was twice, or all the time', () => {
    expect(othersOf(own, [...own, client(20)], own)).toBeNull();
    expect(othersOf([...own, client(20)], own, [...own, client(21)])).toEqual({ whose: 'foreign', connections: 2, atWork: 2, readings: 3 });
    expect(othersOf([...own, client(20)])).toMatchObject({ whose: 'foreign', atWork: 1, readings: 1 });
  });

  it('cannot be told while a process of the run has no connection that is known, but for older ones', () => {
    const unnamed = [client(10, { name: 'bench' }), client(30), client(31)];
    expect(othersOf(unnamed, unnamed)).toEqual({ whose: 'unknown', connections: 2, atWork: 2, readings: 2 });
    const older = [...unnamed, client(3)];
    expect(othersOf(older, older)).toMatchObject({ whose: 'foreign', connections: 1 });
  });

  it('cannot be told of a Redis that does not say', () => {
    expect(othersOf(null, null)).toEqual({ whose: 'unreadable', connections: 0, atWork: 0, readings: 2 });
    expect(othersOf(null, own)).toBeNull();
  });
});
