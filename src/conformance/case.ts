import type { Trait } from '../model/layer-traits.ts';
import type { ChannelLayer, LayerEvent, LayerSettings } from '../layers/layer.ts';
import type { RedisProxy } from './redis-proxy.ts';

/** One layer instance: one process of a deployment. */
export interface Opened {
  readonly layer: ChannelLayer;
  /** All that it has told, in order. */
  readonly events: readonly LayerEvent[];
}

/** The databases of one Redis server, for looking and for meddling. Replies are buffers, numbers, null, or arrays of them. */
export interface RedisAdmin {
  /** URL of a database; different numbers up to 9 are different databases. */
  url(database?: number): string;
  call(database: number, command: string, ...args: readonly (string | number | Buffer)[]): Promise<unknown>;
  /** What is published to a channel from now on: the array grows. */
  listen(channel: string): Promise<readonly Buffer[]>;
}

/** What a case may change about the settings of an instance. `options` go past the reading of option texts. */
export type SettingsChange = Partial<Pick<LayerSettings, 'prefix' | 'hosts' | 'options'>>;

/** Where one case runs: a deployment of its own. */
export interface Bed {
  /** Begins every key of the case. */
  readonly prefix: string;
  /** Null for a layer without Redis. */
  readonly redis: RedisAdmin | null;
  /** Aborted when the time of the case is up. */
  readonly signal: AbortSignal;
  has(trait: Trait): boolean;
  /** Opens one more process. `options` are texts as for `--layer-option`. It is closed with the bed. */
  open(options?: readonly string[], settings?: SettingsChange): Promise<Opened>;
  /** A way to Redis that can be cut. */
  proxy(): Promise<RedisProxy>;
  /** Waits until a condition holds; `what` is the reason of the failure when it never does. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Waits for a promise; `what` is the reason of the failure when it never settles. */
  within<T>(what: string, promise: Promise<T>): Promise<T>;
  /** Something that is worth telling beside the outcome. */
  note(text: string): void;
}

interface Described {
  /** Section and number of the list in docs/conformance.md. */
  readonly id: string;
  /** One line. */
  readonly behaviour: string;
}

/** A case that runs on every layer with the traits that it needs. */
export interface RunnableCase extends Described {
  readonly needs: readonly Trait[];
  /** Time after which it has failed. */
  readonly timeoutMs?: number;
  readonly run: (bed: Bed) => Promise<void>;
}

/** A behaviour that is not run here. */
export interface SkippedCase extends Described {
  readonly skip: string;
}

/** A behaviour that other tests of the project check. */
export interface CoveredCase extends Described {
  readonly needs: readonly Trait[];
  readonly coveredBy: string;
}

export type ConformanceCase = RunnableCase | SkippedCase | CoveredCase;

export const DEFAULT_TIMEOUT_MS = 30_000;
