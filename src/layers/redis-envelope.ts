import { randomFillSync } from 'node:crypto';
import type { Message } from './layer.ts';
import { decodeMessage, encodeMessage } from './message-codec.ts';

/** Random bytes before every envelope, so that equal messages are different members of a sorted set. */
const PREFIX_BYTES = 12;
const ADDRESS = '__asgi_channel__';

const pool = Buffer.alloc(PREFIX_BYTES * 512);
let poolAt = pool.length;

/** A message on its way: what Redis keeps as a member of a queue. `address` is null for a plain channel. */
export function sealEnvelope(message: Message, address: string | readonly string[] | null): Buffer {
  const body = encodeMessage(address === null ? message : { ...message, [ADDRESS]: address });
  const envelope = Buffer.allocUnsafe(PREFIX_BYTES + body.length);
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  pool.copy(envelope, 0, poolAt, poolAt + PREFIX_BYTES);
  poolAt += PREFIX_BYTES;
  envelope.set(body, PREFIX_BYTES);
  return envelope;
}

/** A message and the channels that it is for; null for the plain channel of its queue. Throws on garbage. */
export function openEnvelope(envelope: Uint8Array): { readonly message: Message; readonly channels: readonly string[] | null } {
  const { [ADDRESS]: address, ...message } = decodeMessage(envelope, PREFIX_BYTES);
  if (address === undefined) return { message, channels: null };
  return { message, channels: typeof address === 'string' ? [address] : (address as readonly string[]) };
}
