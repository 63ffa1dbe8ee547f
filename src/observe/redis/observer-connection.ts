import { setTimeout as sleep } from 'node:timers/promises';
import { knownError } from '../../model/error-remedies.ts';
import { BenchError, environmentError, messageOf } from '../../model/errors.ts';
import { nowMs } from '../../platform/clock.ts';
import { connectToAsk, type CommandGuard, type RedisConnection } from '../../redis/connection.ts';
import type { HostSpec } from '../../redis/hosts.ts';
import { redisError } from '../../redis/redis-error.ts';
import { commandName, mayAsk, type ObservedLayer } from '../allowed-commands.ts';

/** What the observer itself has cost a server, when a question is sent and all earlier ones are answered. */
export interface OwnTraffic {
  /** Changes with each connection: what was under way when one broke is not known. */
  readonly connection: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

export interface Answers {
  /** In turn; null for a key that is of another kind than the layer's. */
  readonly replies: readonly unknown[];
  readonly own: OwnTraffic;
  /** Bytes of the answers. */
  readonly bytes: number;
}

/** A command and its words. */
export type Question = readonly (string | number | Buffer)[];

export interface ConnectionOptions {
  readonly layer: ObservedLayer;
  readonly prefix: string;
  readonly commandsPerSecond: number;
  /** Ends waiting, asking and trying again. */
  readonly signal: AbortSignal;
}

/** A command that is not in the list: a bug, which reaches no server. */
class ForbiddenCommand extends Error {}

/** Commands in one write. */
export const MOST_COMMANDS = 50;
/** A round trip is slow that takes so many times as long as the first ones did, and longer than the shortest worth a name. */
const SLOW_TIMES = 3;
const LEAST_USUAL_MS = 1;
const FIRST_TRIPS = 5;
const RETRY_MS = 200;

/**
 * The observer's connection to one server. It sends what the list allows and nothing else, keeps to a budget of commands per second,
 * halves it while the server is slow, and asks again where the connection broke.
 */
export class ObserverConnection implements Disposable {
  readonly host: HostSpec;
  private readonly options: ConnectionOptions;
  private readonly calls: Record<string, number>;
  private readonly client: RedisConnection;
  private connection = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private nextAtMs = 0;
  private firstTripsMs: number[] = [];
  private isSlow = false;

  private constructor(host: HostSpec, options: ConnectionOptions, client: RedisConnection, calls: Record<string, number>) {
    this.host = host;
    this.options = options;
    this.client = client;
    this.calls = calls;
    client.on('close', () => (this.connection += 1));
  }

  /** Throws an environment error for a server that cannot be used. */
  static async open(host: HostSpec, options: ConnectionOptions): Promise<ObserverConnection> {
    const calls: Record<string, number> = {};
    const guard: CommandGuard = (words) => {
      if (!mayAsk(words, options.layer, options.prefix))
        throw new ForbiddenCommand(`the observer must not send ${commandName(words).toUpperCase()}`);
      const name = words[0]!.toLowerCase();
      calls[name] = (calls[name] ?? 0) + 1;
    };
    const client = await connectToAsk(host, guard).catch((error: unknown) => {
      throw explained(error, host, options.prefix);
    });
    return new ObserverConnection(host, options, client, calls);
  }

  /**
   * Sends up to 50 commands in one write, after those that were asked before, when the budget has room. Rejects with the signal's reason
   * once it is over, and with an environment error that names what the server does not permit.
   */
  ask(commands: readonly Question[]): Promise<Answers> {
    const { signal } = this.options;
    return this.inTurn(async () => {
      for (;;) {
        signal.throwIfAborted();
        await sleep(Math.max(0, this.nextAtMs - nowMs()), undefined, { signal });
        try {
          return await this.send(commands);
        } catch (error) {
          if (error instanceof ForbiddenCommand) throw error;
          if (!isOfConnection(error)) throw explained(error, this.host, this.options.prefix);
          await sleep(RETRY_MS, undefined, { signal });
        }
      }
    });
  }

  /** Sends at once, whether the observation is over or not, and once. null where the server does not answer. */
  askLast(commands: readonly Question[]): Promise<Answers | null> {
    return this.inTurn(() => this.send(commands).catch(() => null));
  }

  [Symbol.dispose](): void {
    this.client.disconnect();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  private async send(commands: readonly Question[]): Promise<Answers> {
    const { client } = this;
    const before = nowMs();
    const rate = this.options.commandsPerSecond / (this.isSlow ? 2 : 1);
    this.nextAtMs = Math.max(this.nextAtMs, before) + (1000 * commands.length) / rate;
    const { stream } = client;
    const own: OwnTraffic = {
      connection: this.connection,
      calls: { ...this.calls },
      inputBytes: stream.bytesWritten,
      outputBytes: stream.bytesRead,
    };
    try {
      const settled = await Promise.allSettled(commands.map(async ([name, ...args]) => client.callBuffer(String(name), [...args])));
      const replies = settled.map((reply) => (reply.status === 'fulfilled' ? reply.value : refusedKey(reply.reason)));
      this.took(nowMs() - before);
      return { replies, own, bytes: stream.bytesRead - own.outputBytes };
    } catch (error) {
      // Nobody knows which of them the server has carried out.
      this.connection += 1;
      throw error;
    }
  }

  private took(tripMs: number): void {
    if (this.firstTripsMs.length < FIRST_TRIPS) this.firstTripsMs.push(tripMs);
    const usual = this.firstTripsMs.toSorted((a, b) => a - b)[Math.floor(this.firstTripsMs.length / 2)]!;
    this.isSlow = tripMs > SLOW_TIMES * Math.max(usual, LEAST_USUAL_MS);
  }
}

/** What a server refuses, or why there is none, with the way to one that can be observed. */
function explained(error: unknown, host: HostSpec, prefix: string): BenchError {
  const { message, cause } = error instanceof BenchError ? error : redisError(host, error, prefix);
  const remedy = /NOPERM/.test(messageOf(cause))
    ? '`bench observe --print-acl` prints the command that makes a user with all that it needs, and nothing else.'
    : (knownError(messageOf(cause))?.remedy ?? 'Start it, or check host and port.');
  return environmentError(message, remedy, { cause: error });
}

/** null for an error about a key of another kind; anything else is thrown. */
function refusedKey(error: unknown): null {
  if (messageOf(error).startsWith('WRONGTYPE')) return null;
  throw error;
}

/** Whether nobody answered, or cannot yet: to ask again may help. */
function isOfConnection(error: unknown): boolean {
  const text = messageOf(error);
  return (
    /writeable|Connection is closed|timed out|max retries/i.test(text) ||
    knownError(text)?.isOfNetwork === true ||
    /^(?:LOADING|BUSY|MASTERDOWN|TRYAGAIN)\b/.test(text)
  );
}
