import { EPOCH_PROBE, frameRun, frameSender, frameTemplate, isFrame, issueFrame } from '../../core/frame.ts';
import { nowNs } from '../../observe/clock.ts';
import { groupName } from '../client-protocol.ts';
import { ClientSocket } from './client-socket.ts';

const TRY_EVERY_MS = 100;

/** What the probe found. */
export interface ProbeOutcome {
  /** [from × processes + to] is 1 where a probe arrived. */
  readonly crossed: Uint8Array;
  readonly tries: number;
}

/**
 * Probes every (process → process) pair: one socket per server joins a group of their own, and each publishes until
 * all have heard from all, or the deadline has passed and every pair had its tries.
 */
export async function probe(
  run: number,
  servers: readonly string[],
  group: number,
  options: { readonly deadlineMs: number; readonly minTries: number; readonly onBroken: (process: number, what: string) => void },
): Promise<ProbeOutcome> {
  const processes = servers.length;
  const crossed = new Uint8Array(processes * processes);
  let missing = crossed.length;
  let complete: () => void = () => undefined;
  const onFrame = (to: number, frame: Uint8Array): void => {
    if (!isFrame(frame) || frameRun(frame) !== run || frameSender(frame) >= processes) return;
    const cell = frameSender(frame) * processes + to;
    if (crossed[cell] === 1) return;
    crossed[cell] = 1;
    missing -= 1;
    if (missing === 0) complete();
  };
  const sockets = await Promise.all(
    servers.map((url, process) => {
      const opened: Promise<ClientSocket> = ClientSocket.open(url, 10_000, {
        onFrame: (frame) => void opened.then((socket) => onFrame(socket.processIndex, frame)),
        processes,
        onRefused: () => undefined,
        onClose: () => undefined,
        onBroken: (what) => options.onBroken(process, what),
      });
      return opened;
    }),
  );
  await Promise.all(sockets.map((socket) => socket.join(groupName(group))));
  const endNs = nowNs() + options.deadlineMs * 1e6;
  let tries = 0;
  const frame = frameTemplate(run, 0, 0);
  while (missing > 0 && (tries < options.minTries || nowNs() < endNs)) {
    for (const socket of sockets) {
      const now = nowNs();
      const process = socket.processIndex;
      issueFrame(frame, { epoch: EPOCH_PROBE, group, sender: process, seq: tries, process }, now, now);
      if (socket.isOpen) socket.publish(frame);
    }
    tries += 1;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TRY_EVERY_MS);
      complete = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  for (const socket of sockets) socket.close();
  return { crossed, tries };
}
