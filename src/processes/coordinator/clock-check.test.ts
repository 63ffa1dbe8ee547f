import { describe, expect, it } from 'vitest';
import { judgeClocks, type ClockReadings } from './clock-check.ts';

const pings = (process: string, violations: number, offsetNs = 0): ClockReadings['servers'][number] => ({
  process,
  violations,
  maxRttNs: 200_000,
  offsetNs,
  offsetRttNs: 40_000,
});

describe('clocks', () => {
  const agreeing: ClockReadings = { servers: [pings('server 0', 0)], drivers: [pings('driver 0', 0)] };

  it('agree where no stamp is outside of its ping', () => {
    const { check, strangeDrivers, strangeServers } = judgeClocks(agreeing, agreeing);
    expect([strangeDrivers, strangeServers]).toEqual([[], []]);
    expect(check).toMatchObject({ checks: 400, violations: 0, maxRttUs: 200 });
  });

  it('that differ are named once, and when they did so at the end alone', () => {
    const ahead: ClockReadings = { servers: [pings('server 0', 100, 5e6)], drivers: [pings('driver 0', 7, -2e6)] };
    expect(judgeClocks(ahead, ahead).strangeServers).toEqual(['the clock of server 0 is 5 ms ahead (± 20 µs)']);
    expect(judgeClocks(agreeing, ahead)).toMatchObject({
      strangeServers: ['the clock of server 0 was, at the end, 5 ms ahead (± 20 µs)'],
      strangeDrivers: ['the clock of driver 0 was, at the end, 2 ms behind (± 20 µs)'],
      check: { violations: 107 },
    });
  });

  it('of those that have died are not asked again', () => {
    expect(judgeClocks(agreeing, { servers: [], drivers: [] }).check.checks).toBe(200);
  });
});
