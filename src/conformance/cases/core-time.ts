import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed, ConformanceCase, Opened } from '../case.ts';
import { equal, gives, givesNothing, numbered, numbers, range, redisOf } from '../expect.ts';
import { nowSeconds } from '../wire.ts';

/* 4.2, 20 to 23 and 26: expiry by the clock of the senders, and the buffers of a process. */

/** A little more than it says: timers may be early by a millisecond, and expiry compares whole seconds. */
const pause = (bed: Bed, seconds: number): Promise<void> => sleep(seconds * 1000 + 50, undefined, { signal: bed.signal });

async function spaced(bed: Bed, seconds: number, send: (opened: Opened, channel: string, n: number) => Promise<void>): Promise<void> {
  const opened = await bed.open(['expiry=3s']);
  const channel = await opened.layer.newChannel();
  await opened.layer.groupAdd('test-group', channel);
  for (const n of range(0, 3)) {
    if (n > 0) await pause(bed, seconds);
    await send(opened, channel, n);
  }
  await gives(bed, opened, channel, seconds === 1 ? [0, 1, 2] : [1, 2]);
  await givesNothing(bed, opened, channel);
}

const direct = (opened: Opened, channel: string, n: number): Promise<void> => opened.layer.send(channel, numbered(n));
const toGroup = (opened: Opened, _: string, n: number): Promise<void> => opened.layer.groupSend('test-group', numbered(n));

async function expiresForOneMember(bed: Bed): Promise<void> {
  const opened = await bed.open(['expiry=3s']);
  const { layer } = opened;
  const [one, two] = [await layer.newChannel('one'), await layer.newChannel('two')];
  for (const channel of [one, two]) await layer.groupAdd('test-group', channel);
  await layer.send(one, numbered(9));
  await pause(bed, 2);
  // It keeps the queue from lapsing as a whole.
  await layer.groupSend('test-group', numbered(1));
  await pause(bed, 2);
  for (const n of [2, 3]) await layer.groupSend('test-group', numbered(n));
  for (const channel of [one, two]) await gives(bed, opened, channel, [1, 2, 3]);
  for (const channel of [one, two]) await givesNothing(bed, opened, channel);
}

const PUTS = 10_000;

/** Members that another client has stored, for both channels each. */
async function store(bed: Bed, channels: readonly string[]): Promise<void> {
  const names = channels.map((name) => `d9${name.length.toString(16).padStart(2, '0')}${Buffer.from(name).toString('hex')}`);
  const address = `b0${Buffer.from('__asgi_channel__').toString('hex')}9${channels.length}${names.join('')}`;
  const queue = `${bed.prefix}${channels[0]!.slice(0, channels[0]!.indexOf('!') + 1)}`;
  const start = nowSeconds();
  for (const from of range(0, PUTS / 500).map((batch) => batch * 500)) {
    const entries = range(from, from + 500).flatMap((n) => {
      const text = Buffer.from(`m${n}`).toString('hex');
      const body = `82a474657874a${text.length / 2}${text}${address}`;
      const prefix = n.toString(16).padStart(24, '0');
      return [(start + n / 1e5).toFixed(6), Buffer.from(prefix + body, 'hex')];
    });
    await redisOf(bed).call(0, 'ZADD', queue, ...entries);
  }
  await redisOf(bed).call(0, 'EXPIRE', queue, 60);
}

async function keepsTheLast(bed: Bed): Promise<void> {
  // None of them may expire while a busy machine pops them.
  const { layer, events } = await bed.open(['capacity=100', 'expiry=10m']);
  const [slow, fast] = [await layer.newChannel(), await layer.newChannel()];
  const kept: unknown[] = [];
  const paused = layer.consume(slow, (message) => void kept.push(...numbers([message])));
  paused.pause();
  await store(bed, [slow, fast]);
  let passed = 0;
  const consumer = layer.consume(fast, () => void (passed += 1));
  await bed.until(`${PUTS} messages to pass`, () => passed === PUTS);
  paused.resume();
  await bed.until('the buffer to be handed out', () => kept.length >= 100);
  equal(kept, range(PUTS - 100, PUTS), 'what the buffer held');
  equal(events.filter((event) => event.kind === 'bufferOverflow').length, PUTS - 100, 'messages told to be dropped');
  await Promise.all([paused.close(), consumer.close()]);
}

export const CORE_TIME_CASES: readonly ConformanceCase[] = [
  {
    id: '4.2.20',
    behaviour: 'expiry 3 s, sends 2 s apart: the first is gone, two arrive',
    needs: ['core-wire'],
    timeoutMs: 60_000,
    run: (bed) => spaced(bed, 2, direct),
  },
  {
    id: '4.2.21',
    behaviour: 'expiry 3 s, sends 1 s apart: all arrive',
    needs: ['core-wire'],
    timeoutMs: 60_000,
    run: (bed) => spaced(bed, 1, direct),
  },
  {
    id: '4.2.22',
    behaviour: 'expiry 3 s, group messages 2 s apart: the first is gone, two arrive',
    needs: ['core-wire'],
    timeoutMs: 60_000,
    run: (bed) => spaced(bed, 2, toGroup),
  },
  {
    id: '4.2.23',
    behaviour: 'an old message of one member expires there alone',
    needs: ['core-wire'],
    timeoutMs: 60_000,
    run: expiresForOneMember,
  },
  {
    id: '4.2.26',
    behaviour: 'a buffer of 100 holds the last 100 of 10,000 messages, in order',
    needs: ['core-wire'],
    timeoutMs: 300_000,
    run: keepsTheLast,
  },
];
