import { nowNs } from '../src/platform/clock.ts';

/** Something that delivers each message to all members of one group, in one process. */
export interface LayerCase {
  readonly members: number;
  readonly send: (n: number) => Promise<void>;
  readonly onDelivery: (listener: (count: number) => void) => void;
  readonly end: () => Promise<void>;
}

/** Deliveries per second of `messages` messages, with a number of sends in flight; all must arrive. */
export async function deliveriesPerSecond(layer: LayerCase, messages: number, inFlight: number): Promise<number> {
  let missing = messages * layer.members;
  const arrived = new Promise<void>((resolve) => {
    layer.onDelivery((count) => {
      missing -= count;
      if (missing === 0) resolve();
    });
  });
  const startNs = nowNs();
  let sent = 0;
  const sender = async (): Promise<void> => {
    while (sent < messages) await layer.send(sent++);
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  await arrived;
  return (messages * layer.members * 1e9) / (nowNs() - startNs);
}
