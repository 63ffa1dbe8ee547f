import type { ClockCheck } from '../../core/result.ts';
import { formatUs, NS_PER_US } from '../../core/units.ts';
import { nowNs } from '../../observe/clock.ts';
import type { DriverFleet } from './driver-fleet.ts';
import type { ServersUnderTest } from './server-under-test.ts';

const PINGS = 200;
const PING_TIMEOUT_MS = 10_000;

/** The clocks of a run's processes, held against the coordinator's. */
export interface ClockFindings {
  readonly check: ClockCheck;
  /** Drivers and servers whose clocks disagree, each in a sentence. */
  readonly strangeDrivers: readonly string[];
  readonly strangeServers: readonly string[];
}

/** What the pings of one process have told. */
interface Pings {
  readonly process: string;
  readonly maxRttNs: number;
  readonly violations: number;
  /** By the ping with the shortest round trip. */
  readonly offsetNs: number;
  readonly offsetRttNs: number;
}

/** A remote stamp must lie between the times of asking and of being answered: 200 pings a process. */
export async function checkClocks(servers: ServersUnderTest, fleet: DriverFleet): Promise<ClockFindings> {
  const [serverPings, driverPings] = await Promise.all([
    Promise.all(servers.members.map(({ index }) => ping(`server ${index}`, () => servers.clock(index)))),
    Promise.all(
      fleet.alive.map((child) =>
        ping(child.label, async (id) => (await child.request({ type: 'ping', id }, 'pong', 'connect', PING_TIMEOUT_MS)).ns),
      ),
    ),
  ]);
  return {
    check: sum([...serverPings, ...driverPings]),
    strangeDrivers: strangers(driverPings),
    strangeServers: strangers(serverPings),
  };
}

async function ping(process: string, ask: (id: number) => Promise<number>): Promise<Pings> {
  let maxRttNs = 0;
  let violations = 0;
  let offsetNs = 0;
  let offsetRttNs = Infinity;
  for (let id = 0; id < PINGS; id++) {
    const askedNs = nowNs();
    const ns = await ask(id);
    const answeredNs = nowNs();
    const rttNs = answeredNs - askedNs;
    maxRttNs = Math.max(maxRttNs, rttNs);
    if (ns < askedNs || ns > answeredNs) violations += 1;
    if (rttNs < offsetRttNs) {
      offsetRttNs = rttNs;
      offsetNs = ns - (askedNs + answeredNs) / 2;
    }
  }
  return { process, maxRttNs, violations, offsetNs, offsetRttNs };
}

function strangers(pings: readonly Pings[]): readonly string[] {
  return pings
    .filter(({ violations }) => violations > 0)
    .map(({ process, offsetNs, offsetRttNs }) => {
      const side = offsetNs < 0 ? 'behind' : 'ahead';
      return `the clock of ${process} is ${formatUs(Math.abs(offsetNs) / NS_PER_US)} ${side} (± ${formatUs(offsetRttNs / 2 / NS_PER_US)})`;
    });
}

function sum(pings: readonly Pings[]): ClockCheck {
  const offsets = pings.map(({ offsetNs }) => offsetNs);
  return {
    checks: PINGS * pings.length,
    maxRttUs: Math.max(0, ...pings.map(({ maxRttNs }) => maxRttNs)) / NS_PER_US,
    violations: pings.reduce((total, { violations }) => total + violations, 0),
    maxOffsetUs: offsets.reduce((most, offset) => (Math.abs(offset) > Math.abs(most) ? offset : most), 0) / NS_PER_US,
  };
}
