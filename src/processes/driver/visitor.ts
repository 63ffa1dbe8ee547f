import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedVisit } from '../../core/plan.ts';
import { NS_PER_MS } from '../../core/units.ts';
import { nowNs } from '../../observe/clock.ts';
import type { VisitReport } from '../protocol.ts';
import { ClientSocket } from './client-socket.ts';

const DEADLINE_MS = 10_000;

export interface VisitOrder {
  readonly visits: readonly PlannedVisit[];
  /** WebSocket URLs, by server process. */
  readonly servers: readonly string[];
  readonly startNs: number;
  readonly durationNs: number;
  /** Ends the visits that have not begun. */
  readonly signal: AbortSignal;
}

/** Views pages and opens their WebSockets, evenly spaced over the phase, whatever becomes of earlier ones. */
export async function visitPages({ visits, servers, startNs, durationNs, signal }: VisitOrder): Promise<VisitReport> {
  const report = { known: 0, unknown: 0, failed: 0 };
  const pending: Promise<void>[] = [];
  for (const [i, visit] of visits.entries()) {
    const waitMs = (startNs + (i * durationNs) / visits.length - nowNs()) / NS_PER_MS;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const outcome = viewPage(servers[visit.page]!, servers[visit.socket]!, servers.length).catch(() => 'failed' as const);
    pending.push(outcome.then((kind) => void (report[kind] += 1)));
  }
  await Promise.all(pending);
  return report;
}

/** The page begins a session in its process; the WebSocket asks its own process for it. */
async function viewPage(pageUrl: string, socketUrl: string, servers: number): Promise<'known' | 'unknown'> {
  // Both carry the id, so that what stands between may keep them together.
  const session = randomBytes(16).toString('hex');
  const page = new URL(`${pageUrl.replace(/^ws/, 'http')}/session?session=${session}`);
  const response = await fetch(page, { method: 'POST', signal: AbortSignal.timeout(DEADLINE_MS) });
  if (!response.ok) throw new Error(`${page.href} answered ${response.status}`);
  const { id } = (await response.json()) as { readonly id: string };
  const socket = await ClientSocket.open(`${socketUrl}?session=${session}`, DEADLINE_MS, {
    onFrame: () => undefined,
    processes: servers,
    onRefused: () => undefined,
    onClose: () => undefined,
    // Its session has no answer then.
    onBroken: () => undefined,
  });
  try {
    return (await socket.session(id)) ? 'known' : 'unknown';
  } finally {
    socket.close();
  }
}
