import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFaults, formatFault, parseFault, refuseOnForeignRedis, type Fault } from './faults.ts';

describe('a fault', () => {
  it.each<[string, Fault]>([
    ['kill server 1 at 5s', { kind: 'killServer', server: 1, atMs: 5000 }],
    ['freeze server 0 1s at 500ms', { kind: 'freezeServer', server: 0, forMs: 1000, atMs: 500 }],
    ['pause redis 2s at 3s', { kind: 'pauseRedis', forMs: 2000, atMs: 3000 }],
    ['restart redis at 5s', { kind: 'restartRedis', atMs: 5000 }],
    ['drop connections at 4s', { kind: 'dropConnections', atMs: 4000 }],
    ['external at 3s', { kind: 'external', atMs: 3000 }],
  ])("is read from '%s', and written so", (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
    expect(parseFault(formatFault(fault))).toEqual(fault);
  });

  it.each([
    '',
    'kill server at 5s',
    'kill redis at 5s',
    'pause redis at 3s',
    'restart redis 5s',
    'restart redis at',
    'kill server x at 5s',
    'at 5s',
    'external redis at 3s',
    'external at',
  ])("is not '%s'", (text) => expect(() => parseFault(text)).toThrow());

  it('of any time is written so that it is read back', () => {
    const ms = fc.integer({ min: 0, max: 3_600_000 });
    fc.assert(
      fc.property(ms, ms, (atMs, forMs) => {
        const fault: Fault = { kind: 'pauseRedis', atMs, forMs };
        expect(parseFault(formatFault(fault))).toEqual(fault);
      }),
    );
  });

  it("of a Redis that is not bench's is refused, but for what its owner allows", () => {
    const refuse = (text: string, mayBreak: boolean): void => refuseOnForeignRedis([parseFault(text)], mayBreak, 'Leave it out.');
    expect(() => refuse('restart redis at 1s', true)).toThrow(/cannot restart a Redis that it did not start/);
    expect(() => refuse('pause redis 1s at 1s', false)).toThrow(/would hit everybody/);
    for (const text of ['pause redis 1s at 1s', 'drop connections at 1s']) expect(() => refuse(text, true)).not.toThrow();
    for (const text of ['kill server 0 at 1s', 'external at 1s']) expect(() => refuse(text, false)).not.toThrow();
  });

  it('must fit the run', () => {
    const target = { processes: 2, durationMs: 5000, usesRedis: false, hasBackend: false };
    const check = (text: string): void => checkFaults([parseFault(text)], target);
    expect(() => check('kill server 1 at 4s')).not.toThrow();
    expect(() => check('kill server 2 at 4s')).toThrow(/names a server that does not exist/);
    expect(() => check('kill server 1 at 5s')).toThrow(/comes after the measure phase/);
    expect(() => check('restart redis at 1s')).toThrow(/needs a layer that uses Redis/);
    expect(() => check('external at 1s')).toThrow(/needs a layer with a backend/);
    expect(() => checkFaults([parseFault('external at 1s')], { ...target, hasBackend: true })).not.toThrow();
  });
});
