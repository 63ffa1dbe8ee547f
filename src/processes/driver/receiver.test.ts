import { expect, it } from 'vitest';
import { EPOCH_MEASURE, frameTemplate, issueFrame } from '../../wire/frame.ts';
import { USUAL_TRUST } from '../../model/servers.ts';
import { nowNs } from '../../platform/clock.ts';
import type { DriverAssignment } from '../protocol.ts';
import { Receiver, type Reachable } from './receiver.ts';

const RUN = 7;
const EARLIER_RUN = 6;

/** A member of the one group that publishers 0 and 1 of this driver send to, five messages each. */
function receiving(): {
  readonly receiver: Receiver;
  readonly members: readonly Reachable[];
  readonly arrive: (sender: number, seq: number, run?: number) => void;
} {
  const publishers = [0, 1].map((index) => ({
    index,
    socket: index,
    group: 0,
    arrivals: { kind: 'constant', perSecond: 1, phaseNs: 0 } as const,
  }));
  const assignment: DriverAssignment = {
    driverIndex: 0,
    runId: 'receiver',
    run: RUN,
    earlierRuns: [EARLIER_RUN],
    seed: 1,
    processes: 1,
    trust: USUAL_TRUST,
    payloads: { payloadBytes: 0 },
    sockets: [{ index: 2, process: 0, groups: [0] }],
    publishers,
    visits: [],
    isSelfPaced: false,
    directGroups: [],
    targets: [],
    replySockets: Int32Array.of(-1, -1),
    messages: Float64Array.of(5, 5),
    publishersByGroup: [[0, 1]],
    reconnects: false,
    sharedGroups: [],
  };
  const receiver = new Receiver(assignment, 0, Int32Array.of(0, 0), Int32Array.of(0, 0));
  for (const { index } of publishers) for (let seq = 0; seq < 5; seq++) receiver.attempted(index, seq * 1e9);
  const arrive = (sender: number, seq: number, run = RUN): void => {
    const frame = frameTemplate(run, 1, 0);
    issueFrame(frame, { epoch: EPOCH_MEASURE, group: 0, sender, seq, process: 0 }, seq * 1e9, seq * 1e9);
    receiver.onFrame(0, 0, frame, nowNs());
  };
  return { receiver, members: [{ isOpen: true, processes: [0] }], arrive };
}

const ORDER = {
  attempted: Uint32Array.of(5, 5),
  publisherProcess: Int32Array.of(0, 0),
  lastSendNs: 0,
  deadlineNs: nowNs() + 60e9,
  isolated: Uint8Array.of(0),
} as const;

it('counts what nobody has sent as strays, and the account still balances', async () => {
  const { receiver, members, arrive } = receiving();
  using _ = receiver;
  for (const seq of [0, 1, 3, 7, 4_000_000_000]) arrive(0, seq);
  const drained = receiver.drain({ ...ORDER, toNobody: new Uint32Array() }, members);
  receiver.endDrain();
  expect(await drained).toBe(7);
  const report = receiver.report();
  expect([...report.missing]).toEqual([0, 2, 2, 3, 0, 2, 4, 5, 1, 2, 0, 5]);
  expect(report).toMatchObject({ delivered: 3, strays: 2 });
});

it('counts frames of the runs before apart from those of runs that were never here, and neither as deliveries', async () => {
  const { receiver, members, arrive } = receiving();
  using _ = receiver;
  arrive(0, 0);
  for (const seq of [0, 1, 3]) arrive(0, seq, EARLIER_RUN);
  for (const seq of [0, 2]) arrive(1, seq, RUN + 1);
  const drained = receiver.drain({ ...ORDER, toNobody: new Uint32Array() }, members);
  receiver.endDrain();
  expect(await drained).toBe(9);
  expect(receiver.report()).toMatchObject({ delivered: 1, earlier: 3, strays: 2, duplicates: 0, corrupt: 0 });
});

it('waits for the deliveries that may still come, whatever arrives instead', async () => {
  const { receiver, members, arrive } = receiving();
  using _ = receiver;
  for (const seq of [0, 1, 2, 3, 4]) arrive(0, seq);
  for (const seq of [0, 1, 2, 3]) arrive(1, seq);
  // Publisher 0's server said that it refused a message, which has arrived all the same.
  let outstanding: number | null = null;
  const drained = receiver.drain({ ...ORDER, toNobody: Uint32Array.of(0, 2, 3) }, members).then((left) => (outstanding = left));
  await Promise.resolve();
  expect(outstanding).toBeNull();
  arrive(1, 4);
  await drained;
  expect(outstanding).toBe(0);
});
