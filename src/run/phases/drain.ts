import { countHeld } from '../held-messages.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { Isolation, sentToNobody } from '../../ledger/still-to-come.ts';
import { EPOCH_MEASURE } from '../../wire/frame.ts';
import { NS_PER_MS } from '../../model/units.ts';
import { nowNs } from '../../platform/clock.ts';
import type { MeasuringContext, Sent } from '../context.ts';
import type { DriverInbox } from '../driver-inbox.ts';

const DEADLINE_MS = 5000;
const ANSWER_MS = 15_000;
const LOOK_EVERY_MS = 250;
/** Where nothing has arrived for this long, and no server holds anything, nothing will. */
const QUIET_MS = 1500;

/** Waits until every delivery that can still arrive has arrived, or nothing can arrive any more, or the deadline passes. */
export async function drain(context: MeasuringContext, inbox: DriverInbox, sent: Sent, startNs: number): Promise<void> {
  const { request, fleet, probed } = context;
  const attempted = new Uint32Array(request.plan.publishers.length);
  const publisherProcess = new Int32Array(request.plan.publishers.length);
  for (const report of sent.publishers) {
    attempted[report.publisher] = report.attempted;
    publisherProcess[report.publisher] = report.process;
  }
  const toNobody = Uint32Array.from(
    sent.publishers.flatMap((report) => sentToNobody(report).flatMap(({ from, to }) => [report.publisher, from, to])),
  );
  const isolated = Isolation.of(request.layer.scope, probed, request.plan.processes).pairs;
  const deadlineNs = nowNs() + DEADLINE_MS * NS_PER_MS;
  const lastSendNs = Math.max(sent.lastSendNs, startNs);
  const order = { type: 'drain', attempted, toNobody, publisherProcess, lastSendNs, deadlineNs, isolated } as const;
  const over = new AbortController();
  const drained = fleet.answers(order, 'drained', 'drain', DEADLINE_MS + ANSWER_MS).finally(() => over.abort());
  await Promise.all([drained, endWhenQuiet(context, inbox, over.signal)]);
}

/** Ends the wait for what is lost, as soon as it is certain that it is. */
async function endWhenQuiet(
  { servers, fleet, runId: { number: run } }: MeasuringContext,
  inbox: DriverInbox,
  over: AbortSignal,
): Promise<void> {
  let delivered = -1;
  let sinceNs = nowNs();
  while (!over.aborted) {
    const now = inbox.progress.reduce((sum, progress) => sum + (progress?.delivered ?? 0), 0);
    if (now !== delivered) {
      delivered = now;
      sinceNs = nowNs();
    } else if (nowNs() - sinceNs > QUIET_MS * NS_PER_MS && (await countHeld(servers, { epoch: EPOCH_MEASURE, run })) === 0) {
      return fleet.broadcast({ type: 'endDrain' });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
}
