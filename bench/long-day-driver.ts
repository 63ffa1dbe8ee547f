import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { IntervalReport, PlacementReport } from '../src/ledger/interval-parts.ts';
import { ArrivalCounter } from '../src/ledger/arrival-slots.ts';
import { membersByGroup, partition, type Plan } from '../src/model/plan.ts';
import { seededRandom } from '../src/model/random.ts';
import { LatencyRecorder, type EncodedLatency } from '../src/stats/histogram.ts';
import type { DriverMessage, DriverReport } from '../src/processes/protocol.ts';

/** What is lost at once at a member. */
export const BURST = 5;
/** Distributions that are told in turn. */
const DISTRIBUTIONS = 64;
/** Messages that wait for the coordinator at most. */
const WAITING = 200;

/** A run that was never run. */
export interface Day {
  readonly seconds: number;
  /** Of each member, evenly over the time. */
  readonly losses: number;
  readonly startNs: number;
  readonly drivers: number;
}

export function channelOf(socket: number): string {
  return `specific.${socket}`;
}

/** Latencies of some hundred deliveries about a mean, in ns, with a tail. */
function latencies(random: () => number, count: number, meanNs: number): EncodedLatency {
  using recorder = new LatencyRecorder();
  for (let i = 0; i < count; i++) recorder.record(Math.round(meanNs * (0.5 + random()) * (random() < 0.02 ? 10 : 1)));
  return recorder.encode();
}

/** Tells all that a driver tells in a run, as fast as it is taken, and then its report. */
export async function asDriver(plan: Plan, index: number, day: Day): Promise<void> {
  const random = seededRandom(1, index);
  const share = partition(plan, day.drivers)[index]!;
  const messages = Math.floor((day.seconds * 1e9) / 5e9);
  const placement = (): PlacementReport => ({ response: latencies(random, 450, 2e6), transit: latencies(random, 450, 1e6) });
  const kinds = Array.from({ length: DISTRIBUTIONS }, () => ({
    pacerLag: latencies(random, 10, 1e5),
    sameProcess: placement(),
    crossProcess: placement(),
  }));
  let waiting = 0;
  const tell = async (message: DriverMessage): Promise<void> => {
    waiting += 1;
    process.send!(message, () => (waiting -= 1));
    while (waiting > WAITING) await setImmediate();
  };
  for (let second = 0; second < day.seconds; second++) {
    const interval: IntervalReport = { second, delivered: 1000, ...kinds[second % DISTRIBUTIONS]! };
    await tell({ type: 'interval', interval });
    const rssBytes = 90e6 + 100 * second;
    await tell({ type: 'progress', delivered: second * 1000, rssBytes, settledAttempted: 0, settledDelivered: 0, seconds: [] });
  }
  await tell({ type: 'report', report: reportOf(plan, share, messages, day) });
  await once(process, 'disconnect');
}

function reportOf(
  plan: Plan,
  share: { readonly sockets: readonly number[]; readonly publishers: readonly number[] },
  messages: number,
  day: Day,
): DriverReport {
  using none = new LatencyRecorder();
  const empty = none.encode();
  const own = new Set(share.sockets);
  const members = membersByGroup(plan).map((sockets) => sockets.filter((socket) => own.has(socket)));
  const missing: number[] = [];
  let pairs = 0;
  plan.publishers.forEach(({ group }, publisher) => {
    for (const socket of members[group]!) {
      pairs += 1;
      for (let loss = 0; loss < day.losses; loss++) {
        const from = Math.floor(((loss + (socket % 97) / 97) * (messages - BURST)) / day.losses);
        missing.push(publisher, socket, from, from + BURST);
      }
    }
  });
  const arrivals = new ArrivalCounter();
  for (let second = 0; second < day.seconds; second++) arrivals.add(second * 1e9);
  const noAnswers = { answered: 0, failed: 0, unanswered: 0, fromNs: Infinity, toNs: -Infinity };
  return {
    arrivals: arrivals.counts(),
    lastDeliveryNs: day.startNs + day.seconds * 1e9,
    publishers: share.publishers.map((publisher) => ({
      publisher,
      process: plan.sockets[plan.publishers[publisher]!.socket]!.process,
      attempted: messages,
      unsendable: [],
      unanswered: [],
      refused: [],
      issuedNs: null,
    })),
    delivered: pairs * (messages - day.losses * BURST),
    crossings: new Uint8Array(plan.processes ** 2).fill(1),
    missing: Uint32Array.from(missing),
    lateArrivals: new Uint32Array(),
    duplicates: 0,
    reordered: 0,
    reorderExtentMax: 0,
    late: 0,
    strays: 0,
    earlier: 0,
    corrupt: 0,
    placements: share.sockets.map((socket) => ({
      socket,
      processIndex: plan.sockets[socket]!.process,
      channel: channelOf(socket),
      fromNs: -Infinity,
    })),
    closed: [],
    absent: [],
    joined: [],
    aimed: [],
    broken: [],
    errors: [],
    steps: { join: empty, leave: empty, reconnect: empty },
    intervals: [],
    ingress: empty,
    edge: empty,
    roundTrip: empty,
    visits: { known: 0, unknown: 0, failed: 0 },
    requests: noAnswers,
    firstDelivery: empty,
    lastDelivery: empty,
    sharedSpans: [],
    stamps: { frames: 0, unstamped: 0, broken: [0, 1, 2].map(() => ({ frames: 0, worstNs: 0 })) },
    health: { cpuSecondsSinceMark: 1, rssBytes: 1e8, eventLoopUtilization: 0.1, eventLoopDelayP99Us: 100 },
  };
}
