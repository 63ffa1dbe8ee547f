import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Message } from '../layers/layer.ts';
import type { Bed, Opened } from './case.ts';
import { range, redisOf } from './expect.ts';

/* The wire, seen from outside: what layers put into Redis, and what another client would. Written without their code. */

export const SAMPLE: Message = { a: true, b: null, c: { d: [] } };
export const SAMPLE_MSGPACK = '83a161c3a162c0a16381a16490';
export const SAMPLE_JSON = '{"a": true, "b": null, "c": {"d": []}}';

/** Ten hosts: the databases of one server. */
export function tenHosts(bed: Bed): readonly string[] {
  return range(0, 10).map((database) => redisOf(bed).url(database));
}

/** Members of a sorted set, in order. */
export async function members(bed: Bed, key: string, database = 0): Promise<readonly Buffer[]> {
  return (await redisOf(bed).call(database, 'ZRANGE', key, 0, -1)) as Buffer[];
}

export async function keysOf(bed: Bed, prefix: string, database = 0): Promise<readonly string[]> {
  const keys = (await redisOf(bed).call(database, 'KEYS', `${prefix}*`)) as Buffer[];
  return keys.map(String).toSorted();
}

/** The bytes that a layer makes of a message to a plain channel: a member of a queue, or what it publishes. */
export async function bytesOf(bed: Bed, { layer }: Opened, channel: string, message: Message): Promise<Buffer> {
  if (bed.has('core-wire')) {
    await layer.send(channel, message);
    return (await members(bed, `${bed.prefix}${channel}`)).at(-1)!;
  }
  const published = await redisOf(bed).listen(channel);
  await layer.send(channel, message);
  await bed.until('what was published', () => published.length > 0);
  return published[0]!;
}

/** Gives bytes to a plain channel as another client would. For pub/sub, somebody must receive already. */
export async function put(bed: Bed, channel: string, bytes: Buffer): Promise<void> {
  if (bed.has('core-wire')) {
    await redisOf(bed).call(0, 'ZADD', `${bed.prefix}${channel}`, nowSeconds().toFixed(6), bytes);
    return;
  }
  await bed.until('a subscriber', async () => Number(await redisOf(bed).call(0, 'PUBLISH', channel, bytes)) > 0);
}

export function nowSeconds(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** Where a name belongs among several hosts. */
export function hostOf(name: string, hosts: number): number {
  return Math.floor((crc32(name) % 4096) / (4096 / hosts));
}

const HEADER_BYTES = 25;
const MAC_BYTES = 32;
const keyOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const macOf = (key: Buffer, text: Buffer): Buffer => createHmac('sha256', key.subarray(0, 16)).update(text).digest();

/** A token as the `cryptography` package makes it: version, time, IV, ciphertext, MAC, in base64 with padding. */
export function tokenOf(secret: string, body: Buffer, atSeconds: number): Buffer {
  const key = keyOf(secret);
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = 0x80;
  header.writeBigUInt64BE(BigInt(Math.floor(atSeconds)), 1);
  const iv = randomBytes(16);
  header.set(iv, 9);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const signed = Buffer.concat([header, cipher.update(body), cipher.final()]);
  const base64 = Buffer.concat([signed, macOf(key, signed)]).toString('base64');
  return Buffer.from(base64.replaceAll('+', '-').replaceAll('/', '_'));
}

/** What is in a token. Throws where it is none, or another key's. */
export function bodyOf(secret: string, token: Buffer): Buffer {
  const text = token.toString('latin1');
  if (!/^gAAAAA[\w-]+={0,2}$/.test(text) || text.length % 4 !== 0) throw new Error(`'${text.slice(0, 40)}' is no token`);
  const bytes = Buffer.from(text, 'base64url');
  const key = keyOf(secret);
  const signed = bytes.subarray(0, -MAC_BYTES);
  if (!macOf(key, signed).equals(bytes.subarray(-MAC_BYTES))) throw new Error('the token is signed with another key');
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), signed.subarray(9, HEADER_BYTES));
  return Buffer.concat([decipher.update(signed.subarray(HEADER_BYTES)), decipher.final()]);
}
