import { afterEach, describe, expect, it } from 'vitest';
import { RedisProxy } from '../../src/conformance/redis-proxy.ts';
import type { LayerName } from '../../src/model/layers.ts';
import { BackendError } from '../../src/layers/layer.ts';
import { LayerBed, numbered, textOf, until, type Opened } from './layer-bed.ts';

/*
 * A real Redis that is killed, paused, full, read-only, or wants another password, under traffic. Nothing hangs, nothing
 * is delivered twice, what is lost is told, and the layers work again by themselves.
 */

const bed = new LayerBed();
const LAYERS: readonly LayerName[] = ['redis', 'redis-fast', 'redis-pubsub'];
const DROPS = 5;
/** Promised: within a second of Redis being back. */
const BACK_WITHIN_MS = 10_000;

/** One process sends numbered messages to a channel of another, as fast as each is done. */
class Traffic implements AsyncDisposable {
  readonly received: string[] = [];
  readonly accepted: string[] = [];
  readonly refused: { readonly text: string; readonly error: unknown }[] = [];
  private readonly sender: Opened;
  private readonly receiver: Opened;
  private channel = '';
  private over = false;
  private work: Promise<void> = Promise.resolve();

  private constructor(sender: Opened, receiver: Opened) {
    this.sender = sender;
    this.receiver = receiver;
  }

  static async start(name: LayerName, prefix: string): Promise<Traffic> {
    const options = name === 'redis-pubsub' ? [] : ['capacity=100000'];
    const traffic = new Traffic(await bed.open(name, options, prefix), await bed.open(name, options, prefix));
    const { layer } = traffic.receiver;
    const channel = await layer.newChannel();
    traffic.channel = channel;
    layer.consume(channel, (message) => void traffic.received.push(textOf(message)));
    traffic.work = traffic.send(channel);
    await until(() => traffic.received.length > 20);
    return traffic;
  }

  get layers(): readonly Opened[] {
    return [this.sender, this.receiver];
  }

  /** Waits until a message that is sent from now on has arrived. */
  async flows(): Promise<void> {
    const from = this.accepted.length;
    await until(() => this.accepted.slice(from).some((text) => this.received.includes(text)));
  }

  /** Stops sending, and waits for a last message: what was accepted before it has arrived by then, or never will. */
  async settle(): Promise<void> {
    this.over = true;
    await this.work;
    const { layer } = this.sender;
    await until(() =>
      layer.send(this.channel, { text: 'last' }).then(
        () => true,
        () => false,
      ),
    );
    await until(() => this.received.includes('last'));
  }

  /** Messages that were accepted and have not arrived. */
  missing(): readonly string[] {
    const seen = new Set(this.received);
    return this.accepted.filter((text) => !seen.has(text));
  }

  duplicates(): readonly string[] {
    return this.received.filter((text, i) => this.received.indexOf(text) !== i);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.over = true;
    await this.work;
    for (const opened of this.layers) await opened.layer.close();
  }

  private async send(channel: string): Promise<void> {
    for (let n = 0; !this.over; n++) {
      const message = numbered(n);
      try {
        await this.sender.layer.send(channel, message);
        this.accepted.push(textOf(message));
      } catch (error) {
        this.refused.push({ text: textOf(message), error });
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

const kinds = ({ events }: Opened): readonly string[] => [...new Set(events.map((event) => event.kind))];

async function dropConnections(): Promise<void> {
  for (const type of ['normal', 'pubsub']) await bed.admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
}

let prefixes = 0;
const start = (name: LayerName): Promise<Traffic> => Traffic.start(name, `fault-${name}-${prefixes++}`);

describe.each(LAYERS)('%s', (name) => {
  afterEach(async () => {
    await bed.admin.config('SET', 'maxmemory', '0');
  });

  it('survives a Redis that is killed and restarted, with nothing twice', { timeout: 60_000 }, async () => {
    await using traffic = await start(name);
    await bed.server.kill();
    await until(() => traffic.refused.length > 20);
    await bed.server.restart();
    const backMs = performance.now();
    await traffic.flows();
    expect(performance.now() - backMs).toBeLessThan(BACK_WITHIN_MS);
    await traffic.settle();
    expect(traffic.duplicates()).toEqual([]);
    expect(traffic.refused.every(({ error }) => error instanceof BackendError)).toBe(true);
    for (const opened of traffic.layers) {
      expect(opened.layer.counters.reconnects, 'reconnects').toBeGreaterThan(0);
      expect(kinds(opened)).toEqual(['backendDown', 'backendUp']);
    }
    await until(() => bed.admin.status === 'ready');
  });

  const withSubscriptions = name === 'redis-pubsub' ? it : null;
  withSubscriptions?.('subscribes again until it may, on a connection that stays', async () => {
    await using traffic = await start(name);
    await bed.admin.call('ACL', 'LOG', 'RESET');
    await bed.admin.call('ACL', 'SETUSER', 'default', '-subscribe');
    try {
      await dropConnections();
      await until(() => traffic.layers.every((opened) => kinds(opened).includes('backendDown')));
      await until(async () => ((await bed.admin.call('ACL', 'LOG')) as readonly unknown[]).length > 0);
    } finally {
      await bed.admin.call('ACL', 'SETUSER', 'default', '+subscribe');
    }
    await traffic.flows();
    await until(() => traffic.layers.every((opened) => kinds(opened).includes('backendUp')));
  });

  it('loses nothing while Redis is paused', async () => {
    await using traffic = await start(name);
    bed.server.pause();
    const before = traffic.accepted.length;
    await new Promise((resolve) => setTimeout(resolve, 700));
    // One send may have been answered just before.
    expect(traffic.accepted.length - before).toBeLessThanOrEqual(1);
    bed.server.resume();
    await traffic.flows();
    await traffic.settle();
    expect([traffic.refused, traffic.missing(), traffic.duplicates()]).toEqual([[], [], []]);
    expect(traffic.layers.flatMap(kinds)).toEqual([]);
  });

  it('survives connections that Redis drops', async () => {
    await using traffic = await start(name);
    for (let drop = 0; drop < DROPS; drop++) {
      await dropConnections();
      await traffic.flows();
    }
    await traffic.settle();
    expect(traffic.duplicates()).toEqual([]);
    expect(traffic.refused.every(({ error }) => error instanceof BackendError)).toBe(true);
    // What is kept in Redis outlives a connection: only a message that was on its way to its reader is gone.
    if (name !== 'redis-pubsub') expect(traffic.missing().length).toBeLessThanOrEqual(DROPS);
  });

  it('says no while memory is full, and goes on afterwards', async () => {
    await using traffic = await start(name);
    await bed.admin.config('SET', 'maxmemory', '1');
    if (name === 'redis-pubsub') await traffic.flows();
    else await until(() => traffic.refused.length > 5);
    await bed.admin.config('SET', 'maxmemory', '0');
    await traffic.flows();
    await traffic.settle();
    expect([traffic.missing(), traffic.duplicates()]).toEqual([[], []]);
    for (const { error } of traffic.refused) expect(error).toMatchObject({ name: 'BackendError', message: expect.stringMatching(/OOM/) });
  });

  it('says no while Redis is a read-only replica, and goes on afterwards', async () => {
    await using traffic = await start(name);
    // A primary that is never reached: data stay, writes are refused.
    await bed.admin.replicaof('127.0.0.1', 1);
    if (name === 'redis-pubsub') await traffic.flows();
    else await until(() => traffic.refused.length > 5);
    await bed.admin.replicaof('NO', 'ONE');
    await traffic.flows();
    await traffic.settle();
    expect([traffic.missing(), traffic.duplicates()]).toEqual([[], []]);
    for (const { error } of traffic.refused)
      expect(error).toMatchObject({ name: 'BackendError', message: expect.stringMatching(/READONLY/) });
  });

  it('comes back when its password is right again', async () => {
    await using traffic = await start(name);
    await bed.admin.config('SET', 'requirepass', 'another');
    await dropConnections();
    await until(() => traffic.refused.length > 20);
    await bed.admin.config('SET', 'requirepass', '');
    await traffic.flows();
    await traffic.settle();
    expect(traffic.duplicates()).toEqual([]);
    for (const opened of traffic.layers) expect(opened.layer.counters.reconnects, 'reconnects').toBeGreaterThan(0);
  });

  it.each(['send', 'group_send'] as const)('does nothing twice when the reply to a %s is lost', async (operation) => {
    const prefix = `twice-${name}-${operation}`;
    const proxy = await RedisProxy.start(bed.server.url);
    const [sender, receiver] = [await bed.open(name, [], prefix, [proxy.url]), await bed.open(name, [], prefix)];
    const channel = await receiver.layer.newChannel();
    await receiver.layer.groupAdd('g', channel);
    const received: string[] = [];
    receiver.layer.consume(channel, (message) => void received.push(textOf(message)));
    const send = (n: number): Promise<void> =>
      operation === 'send' ? sender.layer.send(channel, numbered(n)) : sender.layer.groupSend('g', numbered(n));
    await send(0);
    proxy.mute();
    const lost = send(1).then(
      () => 'accepted',
      (error: unknown) => (error as Error).name,
    );
    // redis sends step by step, and gets no further than the first reply that it misses.
    if (name === 'redis') await until(() => proxy.seen.split('ZREMRANGEBYSCORE').length + proxy.seen.split('zremrangebyscore').length > 3);
    else await until(() => received.includes('m1'));
    proxy.cut();
    expect(await lost).toBe('BackendError');
    await until(() =>
      send(2).then(
        () => true,
        () => false,
      ),
    );
    await until(() => received.includes('m2'));
    expect(received.filter((text) => text !== 'm2')).toEqual(name === 'redis' ? ['m0'] : ['m0', 'm1']);
    await Promise.all([sender.layer.close(), receiver.layer.close(), proxy.refuse()]);
  });

  it('loses nothing for stable members while others come and go 200 times', { timeout: 120_000 }, async () => {
    const prefix = `churn-${name}`;
    const options = name === 'redis-pubsub' ? [] : ['capacity=100000'];
    const opened = await Promise.all([0, 1, 2].map(() => bed.open(name, options, prefix)));
    const [sender, ...members] = opened.map(({ layer }) => layer);
    const stable: string[][] = [];
    for (const layer of members) {
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      const got: string[] = [];
      stable.push(got);
      layer.consume(channel, (message) => void got.push(textOf(message)));
    }
    let sent = 0;
    let over = false;
    const traffic = (async () => {
      for (; !over; sent++) await sender!.groupSend('g', numbered(sent));
    })();
    for (let cycle = 0; cycle < 200; cycle++) {
      const layer = members[cycle % members.length]!;
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      await new Promise<void>((resolve) => {
        const consumer = layer.consume(channel, () => {
          void layer
            .groupDiscard('g', channel)
            .then(() => consumer.close())
            .then(resolve);
        });
      });
    }
    over = true;
    await traffic;
    await until(() => stable.every((got) => got.length >= sent));
    for (const got of stable) expect(got).toEqual(Array.from({ length: sent }, (_, n) => `m${n}`));
    for (const { layer } of opened) await layer.close();
  });
});

describe.each(['redis', 'redis-fast'] as const)('%s after a restart that lost the data', (name) => {
  it.each([
    ['none', false],
    ['rejoin', true],
  ])('with on_reconnect=%s', async (choice, works) => {
    const prefix = `restart-${name}-${choice}`;
    const [member, sender] = [await bed.open(name, [`on_reconnect=${choice}`], prefix), await bed.open(name, [], prefix)];
    const channel = await member.layer.newChannel();
    await member.layer.groupAdd('g', channel);
    const received: string[] = [];
    member.layer.consume(channel, (message) => void received.push(textOf(message)));
    await bed.server.restart();
    await until(() => member.events.at(-1)?.kind === 'backendUp' && sender.events.at(-1)?.kind === 'backendUp');
    if (works) {
      let n = 0;
      await until(async () => {
        await sender.layer.groupSend('g', numbered(n++));
        return received.length > 0;
      });
    } else {
      // The direct message is the mark: what went to the group before it would have arrived before it.
      await sender.layer.groupSend('g', numbered(1));
      await sender.layer.send(channel, numbered(2));
      await until(() => received.length > 0);
      expect(received).toEqual(['m2']);
    }
    await Promise.all([member.layer.close(), sender.layer.close()]);
  });
});
