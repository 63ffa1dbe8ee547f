import { describe, expect, it } from 'vitest';
import type { ProcessHealth } from './run-result.ts';
import { findWarnings, type WarningInput } from './find-warnings.ts';

const QUIET: WarningInput = {
  backendInUse: null,
  layer: 'redis',
  scope: 'shared',
  processes: 2,
  cores: 2,
  ledger: { expected: 100_000, inFlight: 0 },
  latency: { response: null, transit: null, ingress: null, edge: null, pacerLag: null, firstDelivery: null, lastDelivery: null },
  intervals: [],
  health: [],
  messagesSent: 10_000,
  backlog: { deliveries: 0, delivered: 100_000, ms: 0 },
  warmupLeft: 0,
  unreachedPairs: 0,
  wrongStamps: [],
  uncheckedCertificates: false,
  broken: [],
  beyondSent: [],
  unseen: [],
  selfPaced: false,
  otherClients: null,
  isInfoDenied: false,
  host: null,
};

function using(cpuRatio: number): ProcessHealth {
  return { role: 'server', index: 0, cpuRatio, eventLoopUtilization: null, eventLoopDelayP99Us: null, rssBytes: null };
}

function codes(input: Partial<WarningInput>): readonly string[] {
  return findWarnings({ ...QUIET, ...input }).map(({ code }) => code);
}

describe('warnings', () => {
  it('are none where nothing is wrong, or nothing is known', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ host: { busyCores: 0.2, stolenCores: 0, cores: 2 } })).toEqual([]);
  });

  it('tell of a layer that is not the one that the result is called by', () => {
    expect(codes({ backendInUse: 'channels_redis.core.RedisChannelLayer' })).toEqual([]);
    expect(codes({ backendInUse: 'channels_postgres.core.PostgresChannelLayer' })).toEqual(['otherLayer']);
    expect(codes({ backendInUse: 'portal.layers.Own', layer: 'my-layer' })).toEqual([]);
  });

  it('tell of certificates that nobody looked at', () => {
    expect(codes({ uncheckedCertificates: true })).toEqual(['uncheckedCertificates']);
  });

  it('tell of the work of others where it leaves no core', () => {
    const full = { busyCores: 1.8, stolenCores: 0, cores: 2 };
    expect(codes({ health: [using(0.2)], host: full })).toEqual(['otherLoad']);
    expect(findWarnings({ ...QUIET, health: [using(0.2)], host: full })[0]!.message).toContain('took 1.6 of its 2 cores');
    // The run itself fills the machine.
    expect(codes({ health: [using(1.7)], host: full })).toEqual([]);
    // There is room for both.
    expect(codes({ health: [using(0.2)], host: { busyCores: 1.4, stolenCores: 0, cores: 2 } })).toEqual([]);
  });

  it('tell of time that the host of a virtual machine kept', () => {
    expect(codes({ host: { busyCores: 0.5, stolenCores: 0.1, cores: 2 } })).toEqual(['stolenTime']);
    expect(codes({ host: { busyCores: 0.5, stolenCores: 0.09, cores: 2 } })).toEqual([]);
  });

  it('tell of a warm-up that was not over', () => {
    const [warning] = findWarnings({ ...QUIET, warmupLeft: 25 });
    expect([warning!.code, warning!.message]).toEqual([
      'warmupLeft',
      'servers still held 25 messages of the warm-up when measure began: queues were not empty',
    ]);
  });

  it('tell of what was under way at the end, where it is more than a rest', () => {
    expect(codes({ ledger: { expected: 100_000, inFlight: 99 } })).toEqual([]);
    expect(codes({ ledger: { expected: 0, inFlight: 0 } })).toEqual([]);
    const [warning] = findWarnings({ ...QUIET, ledger: { expected: 100_000, inFlight: 81_200 } });
    expect([warning!.code, warning!.message]).toEqual([
      'underWay',
      expect.stringMatching(/^81\.2 % of the deliveries were still under way/),
    ]);
  });

  it('tell of what was declared, and never seen', () => {
    const [warning] = findWarnings({ ...QUIET, unseen: ['external at 3s'] });
    expect([warning!.code, warning!.message]).toEqual([
      'noFault',
      expect.stringMatching(/^the fault 'external at 3s' was declared, and nothing/),
    ]);
  });

  it('count busy processes against cores', () => {
    expect(codes({ health: [using(0.3), using(0.3)] })).toEqual([]);
    expect(codes({ health: [using(0.3), using(0.3), using(0.3)] })).toEqual(['oversubscribed']);
  });
});
