import { decode, Encoder } from '@msgpack/msgpack';
import type { Message } from './layer.ts';

/*
 * Messages on the wire: msgpack as Python's `packb` writes it (smallest integers, float64 for everything else, bin
 * types for bytes), behind an optional random prefix that keeps equal messages apart in a sorted set.
 */

const encoder = new Encoder();

/** Encodes a message. The result is the caller's. */
export function encodeMessage(message: Message): Uint8Array {
  return encoder.encode(message);
}

/** Decodes what follows the prefix. Bytes become views of the input. Throws where it is not one msgpack map. */
export function decodeMessage(bytes: Uint8Array, prefixBytes: number): Message {
  const message = decode(bytes.subarray(prefixBytes));
  if (message === null || typeof message !== 'object' || Array.isArray(message)) throw new TypeError('a message must be a map');
  return message as Message;
}
