import { LatencyDistribution, LatencyRecorder } from '../src/stats/histogram.ts';
import { dueTimes, Schedule } from '../src/model/pacer.ts';
import { nowNs } from '../src/platform/clock.ts';
import { Metronome } from '../src/processes/driver/metronome.ts';
import { printTable } from './measuring.ts';

/*
 * Lag of the pacer against the CPU that it costs, for three ways of waiting: a timer, a timer and then a spin, and a
 * thread that sleeps on a futex (the metronome) with several shortest gaps between wake-ups.
 */
const SECONDS = 4;

/** Calls back when it may be time; `ask` says when the next message is due. */
type Waiter = (tick: () => void) => { ask: (dueNs: number) => void; end: () => Promise<void> };

const timer: Waiter = (tick) => ({ ask: () => void setTimeout(tick, 1), end: async () => undefined });

const spin: Waiter = (tick) => ({
  ask: (dueNs) => {
    const sleepMs = (dueNs - nowNs()) / 1e6 - 1.5;
    if (sleepMs > 1) setTimeout(tick, sleepMs);
    else setImmediate(tick);
  },
  end: async () => undefined,
});

const metronome =
  (gapNs: number): Waiter =>
  (tick) => {
    const thread = new Metronome(tick);
    return { ask: (dueNs) => thread.wakeAt(Math.max(dueNs, nowNs() + gapNs)), end: () => thread[Symbol.asyncDispose]() };
  };

async function lagOf(waiter: Waiter, perSecond: number): Promise<readonly string[]> {
  const schedule = new Schedule([dueTimes({ kind: 'constant', perSecond, phaseNs: 0 }, 1, 0)], SECONDS * 1e9);
  using lag = new LatencyRecorder();
  const startNs = nowNs() + 300e6;
  let cpu = process.cpuUsage();
  await new Promise<void>((resolve) => {
    let started = false;
    const tick = (): void => {
      if (!started && nowNs() >= startNs) {
        cpu = process.cpuUsage();
        started = true;
      }
      while (schedule.dueNs + startNs <= nowNs()) {
        lag.record(nowNs() - schedule.dueNs - startNs);
        schedule.advance();
      }
      if (schedule.dueNs === Infinity) void clock.end().then(resolve);
      else clock.ask(startNs + schedule.dueNs);
    };
    const clock = waiter(tick);
    clock.ask(startNs);
  });
  const used = process.cpuUsage(cpu);
  const distribution = new LatencyDistribution().add(lag.encode());
  const us = (percent: number): string => ((distribution.percentileNs(percent) ?? 0) / 1e6).toFixed(3);
  return [us(50), us(99), us(100), `${((used.user + used.system) / 1e4 / SECONDS).toFixed(0)} %`];
}

const waiters: readonly (readonly [string, Waiter])[] = [
  ['timer of 1 ms', timer],
  ['timer, then spin', spin],
  ['thread, gap 100 µs', metronome(100e3)],
  ['thread, gap 250 µs (default)', metronome(250e3)],
  ['thread, gap 500 µs', metronome(500e3)],
];
const rows: (readonly string[])[] = [];
for (const perSecond of [50, 500, 1000, 10_000]) {
  for (const [name, waiter] of waiters) rows.push([`${perSecond}/s`, name, ...(await lagOf(waiter, perSecond))]);
}
printTable(['rate', 'waits by', 'lag p50 ms', 'lag p99 ms', 'lag max ms', 'CPU of a core'], rows);
