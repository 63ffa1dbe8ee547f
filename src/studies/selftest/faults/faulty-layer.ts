import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EPOCH_MEASURE, frameEpoch, HEADER_BYTES, isFrame } from '../../../wire/frame.ts';
import type { ChannelLayer, Handler, LayerSettings, Message } from '../../../layers/layer.ts';
import { openLayer as openBuiltIn } from '../../../layers/registry.ts';

/*
 * What the self-test plants into a layer: a memory layer that loses, doubles, swaps, damages and delays deliveries, and
 * blocks its process, serves one message at a time, or throws where nobody catches it. What it does, it writes to a file that only the self-test reads:
 * it emits no event and keeps no counter, so that whoever measures has to find it.
 */

export const scope = 'process';

/** One fault done, as a line of the log. */
export interface PlantedFault {
  readonly kind: FaultKind;
  /** Time that it took, for a fault that takes some. */
  readonly ns: number;
}

type FaultKind = 'drop' | 'duplicate' | 'swap' | 'corrupt' | 'delay' | 'slowHalf' | 'block' | 'serve' | 'throw';
/** Faults of single deliveries. */
type DeliveryFault = Exclude<FaultKind, 'slowHalf' | 'block' | 'serve' | 'throw'>;

/** At which of every `every` deliveries to a member each fault happens: no two at the same. */
const TURN: Readonly<Record<DeliveryFault, number>> = { drop: 5, duplicate: 15, swap: 25, corrupt: 35, delay: 45 };
const DELAY_MS = 50;
const BLOCK_MS = 2000;
/** Time that serving a message takes, all its members together. */
const SERVICE_MS = 10;
/** The publish of the measure phase before which the process is blocked. */
const BLOCK_AT = 100;
/** The publish of the measure phase after which it throws. */
const THROW_AT = 30;

/** Options: `faults` (kinds, joined by +), `every` (deliveries to a member from one fault of a kind to the next), `log` (a file). */
export async function openLayer(settings: LayerSettings): Promise<ChannelLayer> {
  const { faults = '', every = 50, log = '', ...options } = settings.options;
  const base = await openBuiltIn('memory', { ...settings, options });
  const kinds = new Set(String(faults).split('+').filter(isKind));
  const note = (kind: FaultKind, ns = 0): void => appendFileSync(String(log), `${JSON.stringify({ kind, ns } satisfies PlantedFault)}\n`);
  let hasCorrupted = false;
  let published = 0;
  const service = new Service();
  return new Proxy(base, {
    get: (layer, name) => {
      if (name === 'consume')
        return (channel: string, handler: Handler) =>
          layer.consume(channel, new Deliveries(handler, kinds, Number(every), note, corruptOnce).take);
      if (name === 'groupSend' && kinds.has('block'))
        return (group: string, message: Message) => {
          if (isMeasured(message) && ++published === BLOCK_AT) note('block', block());
          return layer.groupSend(group, message);
        };
      if (name === 'groupSend' && kinds.has('throw'))
        return (group: string, message: Message) => {
          if (isMeasured(message) && ++published === THROW_AT) throwLater(() => note('throw'));
          return layer.groupSend(group, message);
        };
      if (name === 'groupSend' && kinds.has('serve'))
        return async (group: string, message: Message) => {
          if (isMeasured(message)) note('serve', await service.turn());
          return layer.groupSend(group, message);
        };
      const value: unknown = Reflect.get(layer, name);
      return typeof value === 'function' ? (value.bind(layer) as unknown) : value;
    },
  });

  function corruptOnce(): boolean {
    if (hasCorrupted) return false;
    hasCorrupted = true;
    return true;
  }
}

/**
 * Serves one message after another, each for a time that is known. Turns are by a schedule that begins with the first message and
 * is never late: who wakes too late from a timer catches up, so that an overloaded service carries its capacity exactly.
 */
class Service {
  private freeAtMs: number | null = null;

  /** Resolves when the next message is served; answers how long that takes, in ns. */
  async turn(): Promise<number> {
    this.freeAtMs = (this.freeAtMs ?? performance.now()) + SERVICE_MS;
    const leftMs = this.freeAtMs - performance.now();
    if (leftMs > 0) await sleep(leftMs);
    return SERVICE_MS * 1e6;
  }
}

/** The deliveries to one member. */
class Deliveries {
  private count = 0;
  private held: Message | null = null;
  private readonly handler: Handler;
  private readonly kinds: ReadonlySet<FaultKind>;
  private readonly every: number;
  private readonly note: (kind: FaultKind) => void;
  private readonly corruptOnce: () => boolean;

  constructor(handler: Handler, kinds: ReadonlySet<FaultKind>, every: number, note: (kind: FaultKind) => void, corruptOnce: () => boolean) {
    this.handler = handler;
    this.kinds = kinds;
    this.every = every;
    this.note = note;
    this.corruptOnce = corruptOnce;
  }

  readonly take: Handler = (message) => {
    if (!isMeasured(message)) return this.handler(message);
    const turn = this.count++ % this.every;
    const isTurnOf = (kind: DeliveryFault): boolean => this.kinds.has(kind) && turn === TURN[kind];
    if (this.held !== null) {
      const held = this.held;
      this.held = null;
      void this.handler(message);
      return this.handler(held);
    }
    if (isTurnOf('drop')) return this.note('drop');
    // What it would have held back for longest, it drops: what is left is fast.
    if (this.kinds.has('slowHalf') && this.count % 2 === 0) return this.note('slowHalf');
    if (isTurnOf('swap')) {
      this.note('swap');
      this.held = message;
      return;
    }
    if (isTurnOf('corrupt') && this.corruptOnce()) {
      this.note('corrupt');
      return this.handler(damaged(message));
    }
    if (isTurnOf('delay')) {
      this.note('delay');
      return void sleep(DELAY_MS).then(() => this.handler(message));
    }
    if (isTurnOf('duplicate')) {
      this.note('duplicate');
      void this.handler(message);
    }
    return this.handler(message);
  };
}

function isKind(word: string): word is FaultKind {
  return word === 'slowHalf' || word === 'block' || word === 'serve' || word === 'throw' || Object.hasOwn(TURN, word);
}

function isMeasured(message: Message): boolean {
  const frame = message['frame'];
  return frame instanceof Uint8Array && isFrame(frame) && frameEpoch(frame) === EPOCH_MEASURE;
}

/** One byte of the payload of a copy is another. */
function damaged(message: Message): Message {
  const frame = Uint8Array.from(message['frame'] as Uint8Array);
  frame[HEADER_BYTES] = (frame[HEADER_BYTES]! + 1) % 256;
  return { ...message, frame };
}

/** Throws out of a timer. */
function throwLater(note: () => void): void {
  setTimeout(() => {
    note();
    throw new Error('planted by the self-test');
  });
}

/** Blocks the event loop; answers for how many ns. */
function block(): number {
  const fromMs = performance.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCK_MS);
  return (performance.now() - fromMs) * 1e6;
}
