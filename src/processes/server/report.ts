import { frameEpoch, frameRun, frameSender, frameSeq } from '../../wire/frame.ts';
import type { FramesOf, HeldFrame, ServerReport } from '../../ledger/evidence.ts';
import type { ProcessHealth } from '../../platform/process-health.ts';
import type { ServerContext } from './connection.ts';
import { frameOf } from './evidence-log.ts';

/** What `GET report` answers. Totals are since the process started, and the use of its event loop since the last mark. */
export async function serverReport(
  context: ServerContext,
  health: ProcessHealth,
  connections: number,
  after: number,
  heldOf: FramesOf | null,
): Promise<ServerReport> {
  const { layer, evidence, processIndex } = context;
  // In the direction of the messages: what is published meanwhile is met as held.
  const published = heldOf === null ? undefined : evidence.published(heldOf.run);
  const held = heldOf === null ? [] : await heldFrames(context, heldOf);
  const reading = health.read();
  return {
    processIndex,
    pid: process.pid,
    evidence: evidence.after(after),
    evidenceCount: evidence.count,
    counters: { ...layer.counters },
    connections,
    cpuSeconds: reading.cpuSeconds,
    rssBytes: reading.rssBytes,
    eventLoopUtilization: reading.eventLoopUtilization,
    eventLoopDelayP99Us: reading.eventLoopDelayP99Us,
    held,
    ...(published !== undefined && { published }),
    ...(typeof heldOf?.run === 'number' && { run: heldOf.run }),
  };
}

/** Frames that this process' layer still holds, one entry a channel. */
async function heldFrames(context: ServerContext, { epoch, run }: FramesOf): Promise<readonly HeldFrame[]> {
  const messages = await context.layer.held().catch(() => []);
  return messages.flatMap(({ message, channels, expired }) => {
    const frame = frameOf(message);
    if (frame === undefined || frameEpoch(frame) !== epoch || (run !== null && frameRun(frame) !== run)) return [];
    return channels.map((channel) => ({ sender: frameSender(frame), seq: frameSeq(frame), channel, expired }));
  });
}
