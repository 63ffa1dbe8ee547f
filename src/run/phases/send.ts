import { LEAD_NS, type MeasuringContext, type Sent } from '../context.ts';
import type { DriverInbox } from '../driver-inbox.ts';
import { durationNs } from '../../model/plan.ts';
import { NS_PER_MS } from '../../model/units.ts';
import { nowNs } from '../../platform/clock.ts';
import { ProgressMeter } from '../progress-meter.ts';

/** Time between the order to end a phase and its end, so that every driver knows before that what is still part of it. */
const HALT_LEAD_NS = 50 * NS_PER_MS;
export const ANSWER_MS = 15_000;

/** Makes every driver ready, and answers the start of the measure phase: still ahead, so that no message comes before a driver is. */
export async function arm({ request, fleet, sockets, ending }: MeasuringContext): Promise<number> {
  const { publishers } = request.plan;
  const processOf = new Map(sockets.map((socket) => [socket.socket, socket.processIndex] as const));
  const publisherProcess = Int32Array.from(publishers, ({ socket }) => processOf.get(socket)!);
  const replyProcess = Int32Array.from(publishers, ({ to, socket }) => processOf.get(to ?? socket)!);
  for (let leadNs = LEAD_NS; ; leadNs *= 2) {
    const startNs = nowNs() + leadNs;
    const armed = await fleet.answers({ type: 'arm', startNs, publisherProcess, replyProcess }, 'armed', 'measure', ANSWER_MS);
    if (nowNs() < startNs - LEAD_NS / 2 || ending.signal.aborted || armed.includes(null)) return startNs;
  }
}

/** Lets the drivers send until their schedules end, or the run does. */
export async function send(context: MeasuringContext, inbox: DriverInbox, startNs: number): Promise<Sent> {
  const { request, fleet, ending } = context;
  const { plan } = request;
  using progress = new ProgressMeter(plan, startNs, inbox, context.onEvent);
  progress.start();
  const done = fleet.answers({ type: 'measure', durationNs: durationNs(plan) }, 'sent', 'measure', plan.durationMs * 1.5 + ANSWER_MS);
  await Promise.race([done, ending.early()]);
  const haltedNs = ending.signal.aborted ? nowNs() + HALT_LEAD_NS : Infinity;
  if (ending.signal.aborted) fleet.broadcast({ type: 'halt', atNs: haltedNs });
  const answers = (await done).filter((answer) => answer !== null);
  return {
    publishers: answers.flatMap((answer) => answer.publishers),
    lastSendNs: Math.max(startNs, ...answers.map((answer) => answer.lastSendNs)),
    haltedNs,
  };
}
