import type { Trait } from '../model/layer-traits.ts';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../model/errors.ts';
import type { LayerEvent } from '../layers/layer.ts';
import type { Bed, Opened, RedisAdmin, SettingsChange } from './case.ts';
import { RedisProxy } from './redis-proxy.ts';
import type { Subject } from './subject.ts';

const POLL_MS = 5;
const CLOSE_LIMIT_MS = 5000;

/** The bed of one run of one case. */
export class CaseBed implements Bed {
  readonly prefix: string;
  readonly redis: RedisAdmin | null;
  readonly signal: AbortSignal;
  readonly notes: string[] = [];
  private readonly subject: Subject;
  private readonly end = new AbortController();
  private readonly opened: Opened[] = [];
  private readonly proxies: RedisProxy[] = [];
  private readonly waits: string[] = [];

  constructor(subject: Subject, prefix: string, redis: RedisAdmin | null) {
    this.subject = subject;
    this.prefix = prefix;
    this.redis = redis;
    this.signal = this.end.signal;
    setMaxListeners(0, this.signal);
  }

  /** What the case waits for now; the empty text where it is not known. */
  get waitsFor(): string {
    return this.waits.at(-1) ?? '';
  }

  has(trait: Trait): boolean {
    return this.subject.traits[trait] === true;
  }

  async open(options: readonly string[] = [], settings: SettingsChange = {}): Promise<Opened> {
    const events: LayerEvent[] = [];
    const layer = await this.subject.open({
      prefix: settings.prefix ?? this.prefix,
      options: { ...this.subject.options(options), ...settings.options },
      hosts: settings.hosts ?? (this.redis === null ? [] : [this.redis.url()]),
      onEvent: (event) => events.push(event),
    });
    const opened = { layer, events };
    this.opened.push(opened);
    // An instance that was opened by a case whose time was up.
    if (this.signal.aborted) await layer.close();
    return opened;
  }

  async proxy(): Promise<RedisProxy> {
    if (this.redis === null) throw new Error('a layer without Redis has no way to it');
    const proxy = await RedisProxy.start(this.redis.url());
    this.proxies.push(proxy);
    return proxy;
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const hold = async (): Promise<void> => {
      while (!(await condition())) await sleep(POLL_MS, undefined, { signal: this.signal });
    };
    await this.within(what, hold());
  }

  async within<T>(what: string, promise: Promise<T>): Promise<T> {
    this.waits.push(what);
    try {
      return await promise;
    } finally {
      this.waits.splice(this.waits.lastIndexOf(what), 1);
    }
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Ends what the case may still do, and all that it has opened. Throws where a layer does not close. */
  async dispose(): Promise<void> {
    this.end.abort(new Error('the case has ended'));
    const failures: string[] = [];
    for (const { layer } of this.opened) {
      const limit = new AbortController();
      const late = sleep(CLOSE_LIMIT_MS, 'it takes too long', { signal: limit.signal }).catch(() => null);
      const closed = layer.close().then(
        () => null,
        (error: unknown) => messageOf(error),
      );
      const failure = await Promise.race([closed, late]);
      limit.abort();
      if (failure !== null) failures.push(failure);
    }
    for (const proxy of this.proxies) await proxy.refuse();
    if (failures.length > 0) throw new Error(`close: ${failures.join('; ')}`);
  }
}
