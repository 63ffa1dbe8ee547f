import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedVisit } from '../../model/plan.ts';
import type { Trust } from '../../model/servers.ts';
import { NS_PER_MS } from '../../model/units.ts';
import { nowNs } from '../../platform/clock.ts';
import type { VisitReport } from '../protocol.ts';
import { HttpClient } from '../http-client.ts';
import { ClientSocket, type SocketEvents } from './client-socket.ts';

const DEADLINE_MS = 10_000;

export interface VisitOrder {
  readonly visits: readonly PlannedVisit[];
  /** WebSocket URLs, by server process. */
  readonly servers: readonly string[];
  readonly trust: Trust;
  readonly startNs: number;
  readonly durationNs: number;
  /** Ends the visits that have not begun. */
  readonly signal: AbortSignal;
}

/** Views pages and opens their WebSockets, evenly spaced over the phase, whatever becomes of earlier ones. */
export async function visitPages({ visits, servers, trust, startNs, durationNs, signal }: VisitOrder): Promise<VisitReport> {
  const report = { known: 0, unknown: 0, failed: 0 };
  // Visits go on at once, however many there are.
  const pages = visits.length === 0 ? [] : servers.map((url) => new HttpClient(url, trust, Infinity));
  const pending: Promise<void>[] = [];
  for (const [i, visit] of visits.entries()) {
    const waitMs = (startNs + (i * durationNs) / visits.length - nowNs()) / NS_PER_MS;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const events = { ...NOTHING, processes: servers.length, trust };
    const outcome = viewPage(pages[visit.page]!, servers[visit.page]!, servers[visit.socket]!, events).catch(() => 'failed' as const);
    pending.push(outcome.then((kind) => void (report[kind] += 1)));
  }
  await Promise.all(pending);
  for (const page of pages) page[Symbol.dispose]();
  return report;
}

/** What a visitor does about what its socket tells. */
const NOTHING = {
  onFrame: () => undefined,
  onRefused: () => undefined,
  onClose: () => undefined,
  // Its session has no answer then.
  onBroken: () => undefined,
};

/** The page begins a session in its process; the WebSocket asks its own process for it. */
async function viewPage(pages: HttpClient, pageUrl: string, socketUrl: string, events: SocketEvents): Promise<'known' | 'unknown'> {
  // Both carry the id, so that what stands between may keep them together.
  const session = randomBytes(16).toString('hex');
  const { id } = (await pages.post(`${new URL(pageUrl).pathname}/session?session=${session}`, DEADLINE_MS)) as { readonly id: string };
  const socket = await ClientSocket.open(`${socketUrl}?session=${session}`, DEADLINE_MS, events);
  try {
    return (await socket.session(id)) ? 'known' : 'unknown';
  } finally {
    void socket.close();
  }
}
