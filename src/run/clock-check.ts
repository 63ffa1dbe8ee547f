import { messageOf } from '../model/errors.ts';
import type { Phase } from '../result/run-result.ts';
import type { ClockCheck } from '../model/environment.ts';
import { formatUs, NS_PER_US } from '../model/units.ts';
import { nowNs } from '../platform/clock.ts';
import type { DriverChild, DriverFleet } from './driver-fleet.ts';
import type { Measured } from './assembly/measured.ts';
import type { ServersUnderTest } from './systems/server-under-test.ts';

/** Of each process, before the run and again after it, at most. */
const MOST_PINGS = 100;
/** A clock is known as well as it will be once so many pings in a row were not shorter than one before. */
const NO_SHORTER = 20;
const PING_TIMEOUT_MS = 10_000;

/** The clocks of a run's processes, held against the coordinator's. */
export interface ClockFindings {
  readonly check: ClockCheck;
  /** Drivers and servers whose clocks disagree, each in a sentence. */
  readonly strangeDrivers: readonly string[];
  readonly strangeServers: readonly string[];
}

/** What the pings of one process have told. */
export interface Pings {
  readonly role: 'server' | 'driver';
  readonly process: string;
  readonly count: number;
  readonly maxRttNs: number;
  readonly violations: number;
  /** By the ping with the shortest round trip. */
  readonly offsetNs: number;
  readonly offsetRttNs: number;
  /** Why it could not be read, where it could not. */
  readonly failure?: string;
}

/** Asks every clock: a stamp must lie between the times of asking and of being answered. */
export function readClocks(servers: ServersUnderTest, fleet: DriverFleet): Promise<readonly Pings[]> {
  return Promise.all([
    ...servers.members.map(({ index }) => pingServer(servers, index)),
    ...fleet.alive.map((driver) => pingDriver(driver, 'connect')),
  ]);
}

/** As `readClocks`, after the run: of those alone that have told of it, and of these no one who dies meanwhile. */
export async function readClocksAgain(servers: ServersUnderTest, fleet: DriverFleet, measured: Measured): Promise<readonly Pings[]> {
  const tells = (reports: readonly unknown[], index: number): boolean => (reports[index] ?? null) !== null;
  const readings = await Promise.allSettled([
    ...servers.members
      .filter(({ index }) => tells(measured.serversAfter, index))
      .map(({ index }) => pingServer(servers, index).catch((error: unknown) => unreadable(index, error))),
    ...fleet.alive.filter(({ index }) => tells(measured.drivers, index)).map((driver) => pingDriver(driver, 'stop')),
  ]);
  return readings.flatMap((reading) => (reading.status === 'fulfilled' ? [reading.value] : []));
}

/** What two readings say together. Nobody is named twice. */
export function judgeClocks(before: readonly Pings[], after: readonly Pings[]): ClockFindings {
  return {
    check: sum([...before, ...after]),
    strangeDrivers: strangers('driver', before, after),
    strangeServers: strangers('server', before, after),
  };
}

/** A server that has told of the run, and does not tell its clock: nobody knows what its stamps are worth. */
function unreadable(index: number, error: unknown): Pings {
  const nothing = { count: 0, maxRttNs: 0, violations: 1, offsetNs: 0, offsetRttNs: 0 };
  return { role: 'server', process: `server ${index}`, ...nothing, failure: messageOf(error) };
}

async function pingServer(servers: ServersUnderTest, index: number): Promise<Pings> {
  return { role: 'server', process: `server ${index}`, ...(await ping(() => servers.clock(index), nowNs)) };
}

async function pingDriver(driver: DriverChild, phase: Phase): Promise<Pings> {
  const ask = async (): Promise<number> => (await driver.request({ type: 'ping' }, 'pong', phase, PING_TIMEOUT_MS)).ns;
  return { role: 'driver', process: driver.label, ...(await ping(ask, nowNs)) };
}

/** Asks a clock, one ping after another, until no shorter round trip is to be had: it is what bounds the offset, and what catches a stranger. */
export async function ping(ask: () => Promise<number>, now: () => number): Promise<Omit<Pings, 'role' | 'process'>> {
  let maxRttNs = 0;
  let violations = 0;
  let offsetNs = 0;
  let offsetRttNs = Infinity;
  let count = 0;
  for (let noShorter = 0; count < MOST_PINGS && noShorter < NO_SHORTER; noShorter++) {
    const askedNs = now();
    const ns = await ask();
    const answeredNs = now();
    count += 1;
    const rttNs = answeredNs - askedNs;
    maxRttNs = Math.max(maxRttNs, rttNs);
    if (ns < askedNs || ns > answeredNs) violations += 1;
    if (rttNs >= offsetRttNs) continue;
    offsetRttNs = rttNs;
    offsetNs = ns - (askedNs + answeredNs) / 2;
    noShorter = -1;
  }
  return { count, maxRttNs, violations, offsetNs, offsetRttNs };
}

function strangers(role: Pings['role'], before: readonly Pings[], after: readonly Pings[]): readonly string[] {
  const strange = (pings: Pings): boolean => pings.role === role && pings.violations > 0;
  const early = before.filter(strange);
  const late = after.filter((pings) => strange(pings) && !early.some(({ process }) => process === pings.process));
  return [...early.map((pings) => strangeness(pings, 'is')), ...late.map((pings) => strangeness(pings, 'was, at the end,'))];
}

function strangeness({ process, offsetNs, offsetRttNs, failure }: Pings, verb: string): string {
  if (failure !== undefined) return `the clock of ${process} could not be read at the end: ${failure}`;
  const side = offsetNs < 0 ? 'behind' : 'ahead';
  return `the clock of ${process} ${verb} ${formatUs(Math.abs(offsetNs) / NS_PER_US)} ${side} (± ${formatUs(offsetRttNs / 2 / NS_PER_US)})`;
}

function sum(pings: readonly Pings[]): ClockCheck {
  const offsets = pings.map(({ offsetNs }) => offsetNs);
  return {
    checks: pings.reduce((total, { count }) => total + count, 0),
    maxRttUs: Math.max(0, ...pings.map(({ maxRttNs }) => maxRttNs)) / NS_PER_US,
    violations: pings.reduce((total, { violations }) => total + violations, 0),
    maxOffsetUs: offsets.reduce((most, offset) => (Math.abs(offset) > Math.abs(most) ? offset : most), 0) / NS_PER_US,
  };
}
