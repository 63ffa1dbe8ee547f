import { EPOCH_PROBE, frameRun, frameSender, frameTemplate, isFrame, issueFrame } from '../../wire/frame.ts';
import type { Trust } from '../../model/servers.ts';
import { nowNs } from '../../platform/clock.ts';
import { groupName } from '../../wire/client-protocol.ts';
import { ClientSocket } from './client-socket.ts';

const TRY_EVERY_MS = 100;
const OPEN_MS = 10_000;

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
  options: {
    readonly deadlineMs: number;
    readonly minTries: number;
    readonly trust: Trust;
    readonly onBroken: (process: number, what: string) => void;
  },
): Promise<ProbeOutcome> {
  const processes = servers.length;
  const crossed = new Uint8Array(processes * processes);
  let missing = crossed.length;
  let complete: () => void = () => undefined;
  const onFrame = (frame: Uint8Array, to: number): void => {
    if (!isFrame(frame) || frameRun(frame) !== run || frameSender(frame) >= processes) return;
    const cell = frameSender(frame) * processes + to;
    if (crossed[cell] === 1) return;
    crossed[cell] = 1;
    missing -= 1;
    if (missing === 0) complete();
  };
  const opened: ClientSocket[] = [];
  try {
    const sockets = await Promise.all(
      servers.map(async (url, process) => {
        const socket = await openSocket(url, processes, onFrame, { ...options, onBroken: (what) => options.onBroken(process, what) });
        opened.push(socket);
        return socket;
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
      await within(TRY_EVERY_MS, (resolve) => (complete = resolve));
    }
    return { crossed, tries };
  } finally {
    for (const socket of opened) void socket.close();
  }
}

function openSocket(
  url: string,
  processes: number,
  onFrame: (frame: Uint8Array, to: number) => void,
  { trust, onBroken }: { readonly trust: Trust; readonly onBroken: (what: string) => void },
): Promise<ClientSocket> {
  return ClientSocket.open(url, OPEN_MS, {
    onFrame,
    processes,
    trust,
    onRefused: () => undefined,
    onClose: () => undefined,
    onBroken,
  });
}

/** Waits until `begin` is called back, or so long. */
function within(ms: number, begin: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    begin(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
