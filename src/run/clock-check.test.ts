import { describe, expect, it } from 'vitest';
import { judgeClocks, type Pings } from './clock-check.ts';

const pings = (role: Pings['role'], violations: number, offsetNs = 0): Pings => ({
  role,
  process: `${role} 0`,
  violations,
  maxRttNs: 200_000,
  offsetNs,
  offsetRttNs: 40_000,
});

describe('clocks', () => {
  const agreeing = [pings('server', 0), pings('driver', 0)];

  it('agree where no stamp is outside of its ping', () => {
    const { check, strangeDrivers, strangeServers } = judgeClocks(agreeing, agreeing);
    expect([strangeDrivers, strangeServers]).toEqual([[], []]);
    expect(check).toMatchObject({ checks: 400, violations: 0, maxRttUs: 200 });
  });

  it('that differ are named once, and when they did so at the end alone', () => {
    const ahead = [pings('server', 100, 5e6), pings('driver', 7, -2e6)];
    expect(judgeClocks(ahead, ahead).strangeServers).toEqual(['the clock of server 0 is 5 ms ahead (± 20 µs)']);
    expect(judgeClocks(agreeing, ahead)).toMatchObject({
      strangeServers: ['the clock of server 0 was, at the end, 5 ms ahead (± 20 µs)'],
      strangeDrivers: ['the clock of driver 0 was, at the end, 2 ms behind (± 20 µs)'],
      check: { violations: 107 },
    });
  });

  it('of those that have died are not asked again', () => {
    expect(judgeClocks(agreeing, []).check.checks).toBe(200);
  });
});
