import type { Drop } from '../model/causes.ts';
import type { LayerOptions } from '../model/layer-options.ts';
import type { HostSpec } from '../redis/hosts.ts';

/**
 * The port of the layer family: what Django Channels calls a channel layer, in the names of its specification.
 * One instance per server process. Every backend implements it; nothing else knows which one it talks to.
 */

/** What a message may carry: msgpack's types, with bytes as Uint8Array and integers beyond those of a double as bigint. */
export type MessageValue =
  null | boolean | number | bigint | string | Uint8Array | readonly MessageValue[] | { readonly [key: string]: MessageValue };

export interface Message {
  readonly [key: string]: MessageValue;
}

/**
 * A queue refused a message: the layer's capacity for it is reached.
 * `send` throws it; `group_send` never does.
 */
export class ChannelFull extends Error {
  readonly channel: string;
  constructor(channel: string) {
    super(`channel '${channel}' is full`);
    this.name = 'ChannelFull';
    this.channel = channel;
  }
}

/** A name of a channel or group that the specification does not allow, or a channel that belongs to another process. */
export class InvalidName extends TypeError {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidName';
  }
}

/** A message that the specification does not allow, or that the serializer cannot encode. */
export class InvalidMessage extends TypeError {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidMessage';
  }
}

/** An encrypted message that no key fits, or that is too old. */
export class InvalidToken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidToken';
  }
}

/** The layer's backend could not be reached, or answered with an error: the operation did not (knowingly) happen. */
export class BackendError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackendError';
  }
}

const REFUSALS: ReadonlySet<string> = new Set([ChannelFull, InvalidName, InvalidMessage, BackendError].map(({ name }) => name));

/**
 * Whether what an operation threw is what the contract has for a message that is refused; anything else is an error of the layer itself.
 * By name: a module of the user's may have classes of its own.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSALS.has(error.name);
}

/**
 * What a layer drops, refuses or loses without telling its caller. Emitted at once, with all that the layer knows:
 * it is the evidence from which the ledger explains a lost delivery.
 */
export type LayerEvent =
  /** Queues that refused a message: by name, or only how many of them did (Redis answers a number). */
  | { readonly kind: 'overCapacity'; readonly message: Message; readonly channels: readonly string[] }
  | { readonly kind: 'overCapacity'; readonly message: Message; readonly queues: number }
  /** A message that was dropped for a channel: it expired before anyone took it, or was the oldest of a full local buffer. */
  | { [Kind in Drop]: { readonly kind: Kind; readonly message: Message; readonly channel: string } }[Drop]
  /** `count` messages trimmed unseen from a process queue (non-local name). */
  | { readonly kind: 'trimmed'; readonly queue: string; readonly count: number }
  /** Until now, nobody had read a process queue (non-local name) for longer than the expiry. */
  | { readonly kind: 'unread'; readonly queue: string; readonly ms: number }
  /** `count` memberships of a group that ended by its expiry. */
  | { readonly kind: 'groupExpired'; readonly group: string; readonly count: number }
  /** The connection to the backend ended; `reason` is what ended it, where that is known. */
  | { readonly kind: 'backendDown'; readonly reason?: string }
  /** It is there again. */
  | { readonly kind: 'backendUp' }
  /** A message that could not be decoded. */
  | { readonly kind: 'decodeError'; readonly reason: string };

/** Running totals of one layer instance, since it was opened. */
export interface LayerCounters {
  sent: number;
  received: number;
  refused: number;
  overCapacity: number;
  expired: number;
  groupExpired: number;
  bufferOverflow: number;
  reconnects: number;
  decodeErrors: number;
  /** Messages that came out of a queue when nobody waited any more: by a pop that was under way. */
  poppedUnwanted: number;
  /** Waits for a reply of the backend: pipelined commands share one. */
  roundTrips: number;
}

export function zeroCounters(): LayerCounters {
  return {
    sent: 0,
    received: 0,
    refused: 0,
    overCapacity: 0,
    expired: 0,
    groupExpired: 0,
    bufferOverflow: 0,
    reconnects: 0,
    decodeErrors: 0,
    poppedUnwanted: 0,
    roundTrips: 0,
  };
}

/**
 * Handles one message. A consumer takes its next message only when the handler has returned, or its promise has
 * settled: one handler at a time, as Channels runs its consumers.
 */
export type Handler = (message: Message) => void | Promise<void>;

/** One consumer of a channel: a loop over `receive`, without a promise per message. */
export interface Consumer {
  /** Stops taking messages; they wait where the layer keeps them. */
  pause(): void;
  resume(): void;
  /** Ends the consumer, and with it the channel. */
  close(): Promise<void>;
}

/** A message that was accepted and that nobody has taken yet. */
export interface HeldMessage {
  readonly message: Message;
  readonly channels: readonly string[];
  /** True where it is older than the layer's expiry, so that nobody may get it any more. */
  readonly expired: boolean;
}

export interface ChannelLayer extends AsyncDisposable {
  readonly counters: Readonly<LayerCounters>;
  /** A new name that only this process receives on. A sender that uses it after this resolved reaches its receiver. */
  newChannel(prefix?: string): Promise<string>;
  /** Throws ChannelFull, InvalidName, BackendError. Not retried. */
  send(channel: string, message: Message): Promise<void>;
  /** The next message of a channel. An aborted receive takes no message with it. */
  receive(channel: string, signal?: AbortSignal): Promise<Message>;
  /** The push form of a loop over `receive`, with the same semantics. One consumer a channel. */
  consume(channel: string, handler: Handler): Consumer;
  groupAdd(group: string, channel: string): Promise<void>;
  groupDiscard(group: string, channel: string): Promise<void>;
  /** Sends to every member; a full member is skipped (event overCapacity). Throws InvalidName, BackendError. */
  groupSend(group: string, message: Message): Promise<void>;
  /** Messages of this process' own channels that are accepted and not taken: in its queues and buffers. */
  held(): Promise<readonly HeldMessage[]>;
  /** Drops what this layer knows and keeps; never a key outside its prefix. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What every backend is opened with. */
export interface LayerSettings {
  /** Separates the keys and channels of one deployment (one run) from all others. */
  readonly prefix: string;
  /** Options of the layer, as `model/layers` declares them: counts, milliseconds, words; a module's are numbers and texts. */
  readonly options: LayerOptions;
  /** Where Redis is, one per shard; unused by layers without a backend. */
  readonly hosts: readonly HostSpec[];
  readonly onEvent: (event: LayerEvent) => void;
}
