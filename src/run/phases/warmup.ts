import type { MeasuringContext } from '../context.ts';
import { nowNs } from '../../platform/clock.ts';
import { NS_PER_MS } from '../../model/units.ts';
import { countHeld } from '../held-messages.ts';
import { EPOCH_MEASURE, EPOCH_WARMUP } from '../../wire/frame.ts';
import type { FramesOf } from '../../ledger/evidence.ts';
import type { ServersUnderTest } from '../systems/server-under-test.ts';
import type { Ending } from '../ending.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** After the warm-up, or another run, the servers hand out what they hold of it. Where that gets no less for so long, it stays. */
const STUCK_MS = 3000;
const EMPTY_DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 20;
/** Until the operations of sockets after that are answered, or given up, and nothing arrives any more. */
const WARMED_UP_MS = 60_000;

type WarmingContext = Pick<MeasuringContext, 'request' | 'servers' | 'fleet' | 'ending'>;

/** Answers how many of its messages the servers still hold: what they hold takes the room of what is measured. */
export async function warmUp({ request, servers, fleet, ending }: WarmingContext): Promise<number> {
  if (request.plan.warmupMs === 0) return 0;
  const command = { type: 'warmup', startNs: nowNs(), durationNs: request.plan.warmupMs * NS_PER_MS } as const;
  await ending.unlessEnded(fleet.all(command, 'warmedUp', 'warmup', request.plan.warmupMs + WARMED_UP_MS));
  return (await untilEmpty(servers, ending, { epoch: EPOCH_WARMUP, run: null })) ?? 0;
}

/**
 * Makes drivers ready for a run over sockets that have carried another. Answers whether nothing of that one is left: no message that
 * servers hold, and no socket that is not as it was opened.
 */
export async function changeOver({ request, servers, fleet, ending }: WarmingContext, run: number): Promise<boolean> {
  const { plan, seed } = request;
  const isWhole = await ending.unlessEnded(fleet.renew({ plan, run, seed }, 'warmup', WARMED_UP_MS));
  return isWhole && (await isSettled({ servers, ending }));
}

/** Waits until servers hold no message of what was measured; answers whether they got there. */
export async function isSettled({ servers, ending }: Pick<WarmingContext, 'servers' | 'ending'>): Promise<boolean> {
  return (await untilEmpty(servers, ending, { epoch: EPOCH_MEASURE, run: null })) === 0;
}

/** Waits until servers hold none of these messages, or get no further with them; answers how many they hold, null where one does not say. */
async function untilEmpty(servers: ServersUnderTest, ending: Ending, of: FramesOf): Promise<number | null> {
  const deadlineNs = nowNs() + EMPTY_DEADLINE_MS * NS_PER_MS;
  let left = Infinity;
  let sinceNs = nowNs();
  for (;;) {
    const held = await ending.unlessEnded(countHeld(servers, of));
    const now = nowNs();
    if (held !== null && held < left) {
      left = held;
      sinceNs = now;
    }
    if (held === 0 || now > deadlineNs || now - sinceNs > STUCK_MS * NS_PER_MS) return held;
    await sleep(LOOK_EVERY_MS);
  }
}
