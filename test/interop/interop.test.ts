import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayerName } from '../../src/model/layers.ts';
import { encodeJson, decodeJson } from '../../src/layers/json-codec.ts';
import { ChannelFull, type Message, type MessageValue } from '../../src/layers/layer.ts';
import { encodeMessage } from '../../src/layers/message-codec.ts';
import { LayerBed, noMessage, type Opened } from '../layers/layer-bed.ts';
import { PythonPeer } from './python-peer.ts';

/*
 * A layer of ours and a process of Django Channels over one Redis: neither can tell the other from its own kind. These
 * tests fail where the Python packages are missing; set-up provides them.
 */

interface Deployment {
  readonly name: LayerName;
  readonly backend: 'core' | 'pubsub';
  readonly secrets: readonly string[];
}

const DEPLOYMENTS: readonly Deployment[] = [
  { name: 'redis', backend: 'core', secrets: [] },
  { name: 'redis', backend: 'core', secrets: ['new', 'old'] },
  { name: 'redis-fast', backend: 'core', secrets: [] },
  { name: 'redis-fast', backend: 'core', secrets: ['new', 'old'] },
  { name: 'redis-pubsub', backend: 'pubsub', secrets: [] },
  { name: 'redis-pubsub', backend: 'pubsub', secrets: ['new', 'old'] },
];

const EDGES: readonly Message[] = [
  { type: 'bytes', b: Uint8Array.of(0, 1, 128, 255), empty: new Uint8Array(0), long: new Uint8Array(70_000).fill(7) },
  { type: 'text', t: 'äöü 日本 😀 \u0000 "', empty: '', s31: 'x'.repeat(31), s32: 'x'.repeat(32), s256: 'é'.repeat(256) },
  { type: 'nested', list: [1, [2, [3, { a: [{ b: null }] }]]], map: { a: { b: { c: true, d: false } } } },
  { type: 'numbers', n: [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n] },
  { type: 'negative', n: [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53) + 1, -(2n ** 63n)] },
  { type: 'floats', n: [0.5, 1.5, 0.1, -0.1, 1e300, 5e-324, 1.7976931348623157e308, Infinity, -Infinity] },
  { type: 'large', text: 'x'.repeat(1_000_000) },
  Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i === 0 ? 'type' : `k${i}`, `v${i}`])),
];

const bed = new LayerBed();
const note = (n: number): Message => ({ type: 'test.message', n });

describe.each(DEPLOYMENTS)('$name and channels_redis $backend, keys $secrets', ({ name, backend, secrets }) => {
  let ours: Opened;
  let python: PythonPeer;
  beforeAll(async () => {
    const capacity = backend === 'core' ? ['capacity=5000'] : [];
    ours = await bed.open(name, [...capacity, ...(secrets.length > 0 ? [`symmetric_encryption_keys=${secrets.join(',')}`] : [])]);
    python = await openPython(ours.prefix, 5000);
  });
  afterAll(async () => {
    await python[Symbol.asyncDispose]();
    await ours[Symbol.asyncDispose]();
  });

  const openPython = (prefix: string, capacity: number): Promise<PythonPeer> =>
    PythonPeer.open(backend, {
      hosts: [bed.server.url],
      prefix,
      ...(backend === 'core' ? { capacity } : {}),
      ...(secrets.length > 0 ? { symmetric_encryption_keys: secrets } : {}),
    });

  it.each(EDGES.map((message) => [message['type'] as string, message] as const))(
    'carry %s both ways, to one channel',
    async (_, message) => {
      const [here, there] = [await ours.layer.newChannel(), await channelThere()];
      const received = python.receive(there);
      await ours.layer.send(there, message);
      expect(await received).toEqual(message);
      const receivedHere = ours.layer.receive(here);
      await python.send(here, message);
      expect(plainBytes(await receivedHere)).toEqual(message);
    },
  );

  it('send to a group with members on both sides, joined by either', async () => {
    const [here, there] = [await ours.layer.newChannel(), await channelThere()];
    await ours.layer.groupAdd('both', here);
    // Where memberships are in Redis, one side can make them for the other.
    if (backend === 'core') await ours.layer.groupAdd('both', there);
    else await python.groupAdd('both', there);
    for (const [n, send] of [() => ours.layer.groupSend('both', note(0)), () => python.groupSend('both', note(1))].entries()) {
      const received = Promise.all([ours.layer.receive(here), python.receive(there)]);
      await send();
      expect(await received).toEqual([note(n), note(n)]);
    }
    await (backend === 'core' ? python.groupDiscard('both', here) : ours.layer.groupDiscard('both', here));
    const received = python.receive(there);
    await ours.layer.groupSend('both', note(2));
    expect(await received).toEqual(note(2));
    await noMessage(ours.layer, here);
  });

  it('share plain channels', async () => {
    const plain = `plain-${name}-${secrets.length}`;
    const received = python.receive(plain);
    const receivedHere = ours.layer.receive(`${plain}-here`);
    if (backend === 'pubsub') await subscribed([plain, `${plain}-here`]);
    await ours.layer.send(plain, note(1));
    expect(await received).toEqual(note(1));
    await python.send(`${plain}-here`, note(2));
    expect(await receivedHere).toEqual(note(2));
  });

  it('keep the order of 1,000 messages each way', async () => {
    const [here, there] = [await ours.layer.newChannel(), await channelThere()];
    const seen: number[] = [];
    const consumer = ours.layer.consume(here, (message) => void seen.push(Number(message['n'])));
    await python.sendMany(here, 1000);
    await expect.poll(() => seen.length, { timeout: 60_000 }).toBe(1000);
    await consumer.close();
    const received = python.receiveMany(there, 1000);
    for (let n = 0; n < 1000; n++) await ours.layer.send(there, note(n));
    const inOrder = Array.from({ length: 1000 }, (_, n) => n);
    expect(await received).toEqual(inOrder);
    expect(seen).toEqual(inOrder);
  });

  it('carry what random messages hold, to Python and back', async () => {
    const [here, there] = [await ours.layer.newChannel(), await channelThere()];
    const run = async (body: Record<string, MessageValue>): Promise<void> => {
      const message: Message = { ...body, type: 'random' };
      const received = python.receive(there);
      await ours.layer.send(there, message);
      const inPython = await received;
      expect(inPython).toEqual(message);
      const back = ours.layer.receive(here);
      await python.send(here, inPython);
      expect(plainBytes(await back)).toEqual(message);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ maxLength: 40 }).filter((key) => key !== '__proto__'),
          values,
        ),
        run,
      ),
      {
        numRuns: 100,
        seed: 20_260_101,
      },
    );
  });

  if (backend === 'core')
    it('see a queue that the other has filled', async () => {
      await using small = await bed.open(name, [
        'capacity=3',
        ...(secrets.length > 0 ? [`symmetric_encryption_keys=${secrets.join(',')}`] : []),
      ]);
      await using peer = await openPython(small.prefix, 3);
      for (let n = 0; n < 3; n++) await small.layer.send('full-here', note(n));
      await expect(peer.send('full-here', note(3))).rejects.toThrow(expect.objectContaining({ name: 'ChannelFull' }));
      for (let n = 0; n < 3; n++) await peer.send('full-there', note(n));
      await expect(small.layer.send('full-there', note(3))).rejects.toThrow(ChannelFull);
    });

  if (secrets.length > 0)
    it('read what was encrypted with an older key', async () => {
      await using older = await bed.open(name, ['symmetric_encryption_keys=old'], ours.prefix);
      const there = await channelThere();
      const received = python.receive(there);
      await older.layer.send(there, note(1));
      expect(await received).toEqual(note(1));
    });

  if (secrets.length === 0)
    it('write the same bytes', async () => {
      const prefixBytes = backend === 'core' ? 12 : 0;
      for (const message of EDGES) {
        expect(
          (await python.serialize(message)).subarray(prefixBytes).equals(encodeMessage(message)),
          JSON.stringify(Object.keys(message)),
        ).toBe(true);
      }
    });

  it('write the same JSON', async () => {
    const withoutBytes = EDGES.filter((message) => message['type'] !== 'bytes');
    for (const message of withoutBytes) expect(encodeJson(message)).toBe(await python.jsonDumps(message));
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true }), async (n) => {
        const message = { n: Number.isInteger(n) ? n + 0.5 : n };
        expect(encodeJson(message)).toBe(await python.jsonDumps(message));
        if (Number.isFinite(message.n)) expect(decodeJson(Buffer.from(encodeJson(message)))).toEqual(message);
      }),
      { numRuns: 200, seed: 20_260_102 },
    );
  });

  async function channelThere(): Promise<string> {
    const channel = await python.newChannel();
    if (backend === 'pubsub') await subscribed([channel]);
    return channel;
  }

  /** A publication reaches only those who listen already. */
  async function subscribed(topics: readonly string[]): Promise<void> {
    await expect
      .poll(async () => (await bed.admin.pubsub('NUMSUB', ...topics)).filter((_, i) => i % 2 === 1), { timeout: 30_000 })
      .toEqual(topics.map(() => 1));
  }
});

/** What every serializer of both sides can carry without a change: a float without a fraction would come back as an integer. */
const { value: values } = fc.letrec<{ value: MessageValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true, noInteger: true }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ maxLength: 20 }).filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 20 },
    ),
  ) as fc.Arbitrary<MessageValue>,
}));

/** Buffers as the Uint8Arrays that they are. */
function plainBytes(value: MessageValue): MessageValue {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return (value as readonly MessageValue[]).map(plainBytes);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value as Message).map(([key, item]) => [key, plainBytes(item)]));
}
