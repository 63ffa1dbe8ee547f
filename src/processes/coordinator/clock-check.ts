import type { ClockCheck } from '../../core/result.ts';
import { NS_PER_US } from '../../core/units.ts';
import { nowNs } from '../../observe/clock.ts';
import type { DriverFleet } from './driver-fleet.ts';
import type { ServersUnderTest } from './server-under-test.ts';

const PINGS = 200;
const PING_TIMEOUT_MS = 10_000;

/** The clocks of a run's processes, held against the coordinator's. */
export interface ClockFindings {
  readonly check: ClockCheck;
  readonly driversAgree: boolean;
  readonly serversAgree: boolean;
}

/** A remote stamp must lie between the times of asking and of being answered: 200 pings a process. */
export async function checkClocks(servers: ServersUnderTest, fleet: DriverFleet): Promise<ClockFindings> {
  const [serverChecks, driverChecks] = await Promise.all([
    Promise.all(servers.members.map((member) => ping(() => servers.clock(member.index)))),
    Promise.all(
      fleet.alive.map((child) => ping(async (id) => (await child.request({ type: 'ping', id }, 'pong', 'connect', PING_TIMEOUT_MS)).ns)),
    ),
  ]);
  return {
    check: sum([...serverChecks, ...driverChecks]),
    driversAgree: sum(driverChecks).violations === 0,
    serversAgree: sum(serverChecks).violations === 0,
  };
}

async function ping(ask: (id: number) => Promise<number>): Promise<ClockCheck> {
  let maxRttNs = 0;
  let violations = 0;
  for (let id = 0; id < PINGS; id++) {
    const askedNs = nowNs();
    const ns = await ask(id);
    const answeredNs = nowNs();
    maxRttNs = Math.max(maxRttNs, answeredNs - askedNs);
    if (ns < askedNs || ns > answeredNs) violations += 1;
  }
  return { checks: PINGS, maxRttUs: maxRttNs / NS_PER_US, violations };
}

function sum(checks: readonly ClockCheck[]): ClockCheck {
  return {
    checks: checks.reduce((total, check) => total + check.checks, 0),
    maxRttUs: Math.max(0, ...checks.map((check) => check.maxRttUs)),
    violations: checks.reduce((total, check) => total + check.violations, 0),
  };
}
