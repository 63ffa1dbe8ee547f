import { USUAL_TRUST } from '../src/model/servers.ts';
import { nowNs } from '../src/platform/clock.ts';
import { Driver } from '../src/processes/driver/driver.ts';

/** A driver of this process, whose sockets get what a flood server sends to the kind `driver`. */
export interface FloodedDriver {
  /** Resolves when it has told of so many distinct deliveries in all. */
  delivered(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Connects a driver with one group of sockets, and accounts for what arrives from then on. */
export async function floodDriver(port: number, run: number, sockets: number): Promise<FloodedDriver> {
  let delivered = 0;
  let onDelivered: () => void = () => undefined;
  const driver = new Driver(
    {
      driverIndex: 0,
      runId: 'bench',
      run,
      earlierRuns: [],
      seed: 1,
      processes: 1,
      trust: USUAL_TRUST,
      payloads: { payloadBytes: 128 },
      sockets: Array.from({ length: sockets }, (_, index) => ({ index, process: 0, groups: [0] })),
      publishers: [],
      messages: Float64Array.of(Infinity),
      publishersByGroup: [[0]],
      visits: [],
      directGroups: [],
      targets: [],
      replySockets: Int32Array.of(-1),
      reconnects: false,
      isSelfPaced: false,
      sharedGroups: [],
    },
    (message) => {
      if (message.type !== 'progress') return;
      delivered = message.delivered;
      onDelivered();
    },
  );
  await driver.connect([`ws://127.0.0.1:${port}/driver/bench`], 10_000);
  await driver.arm({ type: 'arm', startNs: nowNs(), publisherProcess: Int32Array.of(0), replyProcess: Int32Array.of(0) });
  void driver.measure([], 3600e9);
  return {
    delivered: (count) => new Promise((resolve) => (onDelivered = () => void (delivered === count && resolve()))),
    stop: () => driver.stop(),
  };
}
