import { randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { LayerOptions } from '../model/layer-options.ts';
import { decryptFernet, encryptFernet, fernetKey } from './fernet.ts';
import { decodeJson, decodeJsonValue, encodeJson, encodeJsonValue, encodeText } from './json-codec.ts';
import type { Message, MessageValue } from './layer.ts';
import { decodeMessage, decodeValue, encodeMessage, encodeValue } from './message-codec.ts';

/** The key under which a message carries the channels that it is for: always the last of its map. */
export const ADDRESS = '__asgi_channel__';
/** The key as msgpack has it. */
export const MSGPACK_KEY: Buffer = Buffer.from(`\xb0${ADDRESS}`, 'latin1');
const FIXMAP = 0x80;
const FIXMAP_MAX = 15;
const MAP16 = 0xde;
/** Address lists that are remembered, so that those of a busy group are decoded once. A power of two. */
const REMEMBERED = 64;

export interface WireOptions {
  readonly serializer: 'msgpack' | 'json';
  /** Secrets: the first encrypts, all decrypt; none for no encryption. */
  readonly secrets: readonly string[];
  /** Random bytes before every message, which keep equal ones apart in a sorted set. */
  readonly prefixBytes: number;
  /** Age up to which an encrypted message is accepted; null for any. */
  readonly ttlSeconds: number | null;
}

/** A message and the channels that it is for; null for the plain channel of its queue. */
export interface Envelope {
  readonly message: Message;
  readonly channels: readonly string[] | null;
}

interface RememberedAddress {
  readonly bytes: Buffer;
  readonly channels: readonly string[];
}

/** Messages as they are kept in Redis: random prefix, then the encoded map with its address, encrypted where there are keys. */
export class WireFormat {
  private readonly options: WireOptions;
  private readonly keys: readonly Buffer[];
  private readonly random: Buffer;
  private randomAt: number;
  private readonly remembered: (RememberedAddress | undefined)[] = Array.from({ length: REMEMBERED });

  constructor(options: WireOptions) {
    this.options = options;
    this.keys = options.secrets.map(fernetKey);
    this.random = Buffer.alloc(Math.max(0, options.prefixBytes) * 512);
    this.randomAt = this.random.length;
  }

  /** Whether an envelope can be put together from encoded parts, by someone without the keys. */
  get isOpen(): boolean {
    return this.keys.length === 0 && this.options.serializer === 'msgpack';
  }

  /** The last entry of a map, encoded: what `seal` appends. A channel for `send`, a list of them for `group_send`. */
  address(channels: string | readonly string[]): Buffer {
    if (this.options.serializer === 'json') {
      const value = typeof channels === 'string' ? encodeText(channels) : `[${channels.map(encodeText).join(', ')}]`;
      return Buffer.from(`"${ADDRESS}": ${value}}`, 'latin1');
    }
    const entry = encodeMessage({ [ADDRESS]: channels });
    return Buffer.from(entry.subarray(1));
  }

  /** A message ready to be stored; `address` is null for a plain channel. Throws InvalidMessage. */
  seal(message: Message, address: Uint8Array | null): Buffer {
    return this.finish(this.head(message, address !== null), address);
  }

  /** Puts a message together from its parts: for several addresses, `head` is made once. */
  finish(head: Buffer, address: Uint8Array | null): Buffer {
    if (this.options.prefixBytes <= 0 && this.keys.length === 0 && address === null) return head;
    if (this.keys.length === 0) return Buffer.concat(address === null ? [this.nextPrefix(), head] : [this.nextPrefix(), head, address]);
    return Buffer.concat([this.nextPrefix(), encryptFernet(this.keys, address === null ? head : Buffer.concat([head, address]))]);
  }

  /** All of a message up to its address, whose entry its header counts. Throws InvalidMessage. */
  head(message: Message, addressed: boolean): Buffer {
    const clean = addressed && ADDRESS in message ? withoutAddress(message) : message;
    if (this.options.serializer === 'json') {
      const text = encodeJson(clean);
      if (!addressed) return Buffer.from(text, 'latin1');
      return Buffer.from(text === '{}' ? '{' : `${text.slice(0, -1)}, `, 'latin1');
    }
    const body = encodeMessage(clean);
    return addressed ? withOneMoreEntry(body) : Buffer.from(body);
  }

  /** Fresh random bytes, valid until they are used up: copy them. */
  nextPrefix(): Buffer {
    const bytes = this.options.prefixBytes;
    if (bytes <= 0) return this.random;
    if (this.randomAt >= this.random.length) {
      randomFillSync(this.random);
      this.randomAt = 0;
    }
    this.randomAt += bytes;
    return this.random.subarray(this.randomAt - bytes, this.randomAt);
  }

  /** Throws on garbage, and InvalidToken. */
  open(bytes: Buffer): Envelope {
    const sealed = bytes.subarray(Math.max(0, this.options.prefixBytes));
    const body = this.keys.length === 0 ? sealed : decryptFernet(this.keys, sealed, this.options.ttlSeconds);
    if (this.options.serializer === 'json') return separate(decodeJson(body));
    return this.openAddressed(body) ?? separate(decodeMessage(body));
  }

  /** Any value, without an address, ready to be published. Throws InvalidMessage. */
  sealValue(value: MessageValue): Buffer {
    const body = this.options.serializer === 'json' ? Buffer.from(encodeJsonValue(value), 'latin1') : Buffer.from(encodeValue(value));
    return this.finish(body, null);
  }

  /** What `sealValue` has made. Throws as `open`. */
  openValue(bytes: Buffer): MessageValue {
    const sealed = bytes.subarray(Math.max(0, this.options.prefixBytes));
    const body = this.keys.length === 0 ? sealed : decryptFernet(this.keys, sealed, this.options.ttlSeconds);
    return this.options.serializer === 'json' ? decodeJsonValue(body) : decodeValue(body);
  }

  /**
   * Decodes message and address apart, the address from memory where it is known: the list of a large group is most of
   * its envelope. No channel name holds the key's first byte, so the last place of the key is the address, or is inside
   * a value: then the parts do not decode, and the answer is null.
   */
  private openAddressed(body: Buffer): Envelope | null {
    const at = body.lastIndexOf(MSGPACK_KEY);
    const entries = body[0]!;
    if (at < 1 || entries <= FIXMAP || entries > FIXMAP + FIXMAP_MAX) return null;
    const channels = this.channelsOf(body.subarray(at));
    if (channels === null) return null;
    body[0] = entries - 1;
    try {
      return { message: decodeMessage(body.subarray(0, at)), channels };
    } catch {
      return null;
    } finally {
      body[0] = entries;
    }
  }

  private channelsOf(entry: Buffer): readonly string[] | null {
    const slot = crc32(entry) & (REMEMBERED - 1);
    const known = this.remembered[slot];
    if (known !== undefined && known.bytes.equals(entry)) return known.channels;
    try {
      const { channels } = separate(decodeMessage(Buffer.concat([Buffer.of(FIXMAP + 1), entry])));
      if (channels !== null) this.remembered[slot] = { bytes: Buffer.from(entry), channels };
      return channels;
    } catch {
      return null;
    }
  }
}

function separate(map: Message): Envelope {
  const { [ADDRESS]: address, ...message } = map;
  if (address === undefined) return { message, channels: null };
  if (typeof address === 'string') return { message, channels: [address] };
  if (Array.isArray(address) && address.every((channel) => typeof channel === 'string')) return { message, channels: address };
  throw new TypeError('its address is no channel');
}

function withoutAddress(message: Message): Message {
  const { [ADDRESS]: _, ...rest } = message;
  return rest;
}

/** Copies an encoded map under a header that counts one entry more. */
function withOneMoreEntry(map: Uint8Array): Buffer {
  const first = map[0]!;
  if (first >= FIXMAP && first < FIXMAP + FIXMAP_MAX) {
    const copy = Buffer.from(map);
    copy[0] = first + 1;
    return copy;
  }
  if (first === FIXMAP + FIXMAP_MAX) return Buffer.concat([Buffer.of(MAP16, 0, FIXMAP_MAX + 1), map.subarray(1)]);
  if (first !== MAP16 || (map[1] === 0xff && map[2] === 0xff)) throw new RangeError('a message with more than 65,534 entries');
  const copy = Buffer.from(map);
  copy.writeUInt16BE(copy.readUInt16BE(1) + 1, 1);
  return copy;
}

/** The secrets among a layer's options. */
export function keysOf(options: LayerOptions): readonly string[] {
  return (options['symmetric_encryption_keys'] ?? []) as readonly string[];
}
