import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { InvalidMessage, type Message, type MessageValue } from './layer.ts';

/*
 * Messages as msgpack, the way Python's `packb` writes it: smallest integers, float64 for every other number, bin types
 * for bytes, and no extension types. A Python float without a fraction arrives as a number that JavaScript cannot tell
 * from an integer, and goes back as one.
 */

const noExtensions = new ExtensionCodec();
// The default codec takes dates as extension -1, which Python would decode to a Timestamp.
const plain = new Encoder({ extensionCodec: noExtensions });
const big = new Encoder({ extensionCodec: noExtensions, useBigInt64: true });
const textKeys = (key: unknown): string => {
  if (typeof key === 'string') return key;
  throw new TypeError('a key of a map is no string');
};
const plainDecoder = new Decoder({ mapKeyConverter: textKeys });
const bigDecoder = new Decoder({ mapKeyConverter: textKeys, useBigInt64: true });

const UINT64 = 0xcf;
const INT64 = 0xd3;
const LARGEST_UINT64 = 2n ** 64n - 1n;
const SMALLEST_INT64 = -(2n ** 63n);

/**
 * Encodes a message. The bytes are valid until the next call.
 * Throws InvalidMessage for what is no map, and for values that the channel layer specification does not have.
 */
export function encodeMessage(message: Message): Uint8Array {
  if (!isMap(message)) throw new InvalidMessage('a message must be a map with string keys');
  return encodeValue(message);
}

/** Encodes any value. The bytes are valid until the next call. Throws InvalidMessage for values that the specification does not have. */
export function encodeValue(value: MessageValue): Uint8Array {
  return hasBigInt(value) ? big.encodeSharedRef(widen(value)) : plain.encodeSharedRef(value);
}

/** Decodes one msgpack map. Bytes become views of the input. Throws a TypeError or RangeError for anything else. */
export function decodeMessage(bytes: Uint8Array): Message {
  const value = decodeValue(bytes);
  if (!isMap(value)) throw new TypeError('it is no map');
  return value as Message;
}

/** Decodes one msgpack value. Bytes become views of the input. Throws a TypeError or RangeError for anything else. */
export function decodeValue(bytes: Uint8Array): MessageValue {
  // Only 64-bit integers need BigInt. Most messages hold no byte that could begin one, and what is opaque in others may hold any: a
  // number that is exact was read right.
  const value = plainDecoder.decode(bytes) as MessageValue;
  if ((!bytes.includes(UINT64) && !bytes.includes(INT64)) || isExact(value)) return value;
  return narrow(bigDecoder.decode(bytes) as MessageValue);
}

function isMap(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** Whether a value holds an integer beyond those of a double. Throws InvalidMessage for what cannot be sent. */
function hasBigInt(value: MessageValue | undefined): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return false;
  if (typeof value === 'bigint') {
    if (value > LARGEST_UINT64 || value < SMALLEST_INT64) throw new InvalidMessage(`${value} does not fit in 64 bits`);
    return true;
  }
  if (typeof value !== 'object') throw new InvalidMessage(`a message cannot hold a value of type ${typeof value}`);
  if (value instanceof Uint8Array) return false;
  let found = false;
  if (Array.isArray(value)) {
    for (const item of value as readonly MessageValue[]) found = hasBigInt(item) || found;
    return found;
  }
  const kind = Object.getPrototypeOf(value) as unknown;
  if (kind !== Object.prototype && kind !== null) throw new InvalidMessage(`a message cannot hold a ${value.constructor.name}`);
  const map = value as Message;
  for (const key of Object.keys(map)) found = hasBigInt(map[key]) || found;
  return found;
}

/** Beside a BigInt, an encoder that has them writes integers above 32 bits as floats: so those become BigInts as well, and small ones numbers. */
function widen(value: MessageValue): MessageValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? widen(Number(value)) : value;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0x8000_0000) ? BigInt(value) : value;
  return mapValues(value, widen);
}

function narrow(value: MessageValue): MessageValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return mapValues(value, narrow);
}

/** Whether it holds no number that may stand for an integer beyond those of a double. */
function isExact(value: MessageValue): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return true;
  return Object.values(value as Message).every(isExact);
}

function mapValues(value: MessageValue, change: (value: MessageValue) => MessageValue): MessageValue {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return (value as readonly MessageValue[]).map(change);
  return Object.fromEntries(Object.entries(value as Message).map(([key, item]) => [key, change(item)]));
}
