import { type MeasuringContext, LEAD_NS } from '../context.ts';
import { nowNs } from '../../platform/clock.ts';
import { NS_PER_MS } from '../../model/units.ts';
import { countHeld } from '../held-messages.ts';
import { EPOCH_WARMUP } from '../../wire/frame.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** After the warm-up, the servers hand out what they hold of it. Where that gets no less for so long, it stays. */
const STUCK_MS = 3000;
const EMPTY_DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 20;
/** Until the operations of sockets after the warm-up are answered, or given up, and nothing arrives any more. */
const WARMED_UP_MS = 60_000;

/** Answers how many of its messages the servers still hold: what they hold takes the room of what is measured. */
export async function warmUp(context: MeasuringContext): Promise<number> {
  const { request, servers, fleet, phases, ending } = context;
  phases.enter('warmup');
  if (request.plan.warmupMs === 0) return 0;
  const command = { type: 'warmup', startNs: nowNs() + LEAD_NS, durationNs: request.plan.warmupMs * NS_PER_MS } as const;
  await ending.unlessEnded(fleet.all(command, 'warmedUp', 'warmup', request.plan.warmupMs + WARMED_UP_MS));
  const deadlineNs = nowNs() + EMPTY_DEADLINE_MS * NS_PER_MS;
  let left = Infinity;
  let sinceNs = nowNs();
  for (;;) {
    const held = await ending.unlessEnded(countHeld(servers, EPOCH_WARMUP));
    const now = nowNs();
    if (held !== null && held < left) {
      left = held;
      sinceNs = now;
    }
    if (held === 0 || now > deadlineNs || now - sinceNs > STUCK_MS * NS_PER_MS) return held ?? 0;
    await sleep(LOOK_EVERY_MS);
  }
}
