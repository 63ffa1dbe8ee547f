import { describe, expect, it } from 'vitest';
import { judgeClocks, ping, type Pings } from './clock-check.ts';

const pings = (role: Pings['role'], violations: number, offsetNs = 0): Pings => ({
  role,
  process: `${role} 0`,
  count: 100,
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

  /** Pings whose answers, half way, are `aheadNs` ahead; by their round trips, the last of which goes on. */
  const pinged = (rttsNs: readonly number[], aheadNs = 0): ReturnType<typeof ping> => {
    let nowNs = 0;
    let pings = 0;
    const ask = (): Promise<number> => {
      const rttNs = rttsNs[Math.min(pings++, rttsNs.length - 1)]!;
      nowNs += rttNs;
      return Promise.resolve(nowNs - rttNs / 2 + aheadNs);
    };
    return ping(ask, () => nowNs);
  };

  it('are asked until 20 pings in a row were no shorter than one before', async () => {
    expect(await pinged([900, 400, 300, 500])).toMatchObject({ count: 23, maxRttNs: 900, violations: 0, offsetNs: 0, offsetRttNs: 300 });
  });

  it('are asked 100 times at most, where pings get ever shorter', async () => {
    expect(await pinged(Array.from({ length: 200 }, (_, i) => 10_000 - 10 * i))).toMatchObject({ count: 100, offsetRttNs: 9010 });
  });

  it('that are ahead by more than half of the shortest ping are found, whatever the others say', async () => {
    const { violations, offsetNs } = await pinged([5000, 5000, 300, 5000], 200);
    expect([violations, offsetNs]).toEqual([1, 200]);
  });
});
