import { inspect, isDeepStrictEqual } from 'node:util';
import type { Message } from '../layers/layer.ts';
import type { Bed, Opened, RedisAdmin } from './case.ts';

/* What cases say about layers. Reasons are one line: they stand in a table. */

export function show(value: unknown): string {
  const text = inspect(value, { depth: 4, breakLength: Infinity, maxArrayLength: 8, maxStringLength: 120 });
  return text.length > 240 ? `${text.slice(0, 240)}…` : text;
}

/** Bytes are equal by content, whatever class holds them. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [plain(actual), plain(expected)];
  if (!isDeepStrictEqual(got, wanted)) throw new Error(`${what}: got ${show(got)}, wanted ${show(wanted)}`);
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** The error that an operation ends with. */
export async function rejection(what: string, operation: () => Promise<unknown>): Promise<Error> {
  let value: unknown;
  try {
    value = await operation();
  } catch (error) {
    return error instanceof Error ? error : new Error(show(error));
  }
  throw new Error(`${what}: was accepted${value === undefined ? '' : ` and gave ${show(value)}`}`);
}

/** An operation must be refused with an error of a class; classes are told by name, because a layer may bring its own. */
export async function refused(what: string, name: string, operation: () => Promise<unknown>): Promise<void> {
  const error = await rejection(what, operation);
  if (error.name !== name) throw new Error(`${what}: refused with ${error.name} (${error.message}), wanted ${name}`);
}

/** A name must be refused by a TypeError that begins with what kind of name it is. */
export async function refusedName(what: string, kind: 'Channel' | 'Group', operation: () => Promise<unknown>): Promise<void> {
  const error = await rejection(what, operation);
  const fits = error instanceof TypeError && error.message.startsWith(kind);
  if (!fits) throw new Error(`${what}: refused with ${error.name} '${error.message}', wanted a TypeError that begins with ${kind}`);
}

export const numbered = (n: number): Message => ({ type: 'test.message', text: `m${n}` });

/** Numbers of messages made by `numbered`; others as they are. */
export function numbers(messages: readonly Message[]): readonly unknown[] {
  return messages.map((message) => {
    const { text } = message;
    return typeof text === 'string' && /^m\d+$/.test(text) ? Number(text.slice(1)) : message;
  });
}

export const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);

export function take(bed: Bed, { layer }: Opened, channel: string): Promise<Message> {
  return bed.within(`a message on ${channel}`, layer.receive(channel, bed.signal));
}

/** The next messages of a channel, as many as are wanted. */
export async function takeMany(bed: Bed, opened: Opened, channel: string, count: number): Promise<readonly Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) messages.push(await take(bed, opened, channel));
  return messages;
}

/** Channels must give exactly these numbered messages next. */
export async function gives(bed: Bed, opened: Opened, channel: string, wanted: readonly number[]): Promise<void> {
  equal(numbers(await takeMany(bed, opened, channel, wanted.length)), wanted, `messages of ${channel}`);
}

const MARK: Message = { type: 'test.mark' };

/** Nothing is waiting on a channel: what is sent to it now is the next that it gives. */
export async function givesNothing(bed: Bed, opened: Opened, channel: string): Promise<void> {
  await opened.layer.send(channel, MARK);
  equal(await take(bed, opened, channel), MARK, `messages of ${channel}, where nothing may be left`);
}

export function redisOf(bed: Bed): RedisAdmin {
  if (bed.redis === null) throw new Error('the case needs Redis, and its layer has none');
  return bed.redis;
}

/** Runs something while `Math.random` always gives the same number, as after seeding a generator again. */
export async function withFrozenRandom<T>(work: () => Promise<T>): Promise<T> {
  const before: unknown = Reflect.get(Math, 'random');
  Reflect.set(Math, 'random', () => 0.5);
  try {
    return await work();
  } finally {
    Reflect.set(Math, 'random', before);
  }
}
