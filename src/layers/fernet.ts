import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { InvalidToken } from './layer.ts';

/* Fernet tokens (https://github.com/fernet/spec), with keys derived as channels_redis derives them. */

const VERSION = 0x80;
const TIME_AT = 1;
const IV_AT = 9;
const BODY_AT = 25;
const MAC_BYTES = 32;
/** How far the clock of a sender may be ahead. */
const MAX_SKEW_SECONDS = 60;

/** A secret of any length → 32 bytes: 16 to sign, 16 to encrypt. */
export function fernetKey(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Encrypts with the first key; `at` fixes what is random, for test vectors. Gives base64 as ASCII bytes. */
export function encryptFernet(keys: readonly Buffer[], body: Uint8Array, at?: { readonly seconds: number; readonly iv: Buffer }): Buffer {
  const key = keys[0]!;
  const iv = at?.iv ?? randomBytes(16);
  const head = Buffer.alloc(BODY_AT);
  head[0] = VERSION;
  head.writeBigUInt64BE(BigInt(at?.seconds ?? nowSeconds()), TIME_AT);
  head.set(iv, IV_AT);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const signed = Buffer.concat([head, cipher.update(body), cipher.final()]);
  const token = Buffer.concat([signed, createHmac('sha256', key.subarray(0, 16)).update(signed).digest()]);
  return Buffer.from(token.toString('base64').replaceAll('+', '-').replaceAll('/', '_'), 'latin1');
}

/**
 * Decrypts with the first key that fits. With a time to live, a token that is older, or from too far in the future, is
 * invalid. Throws InvalidToken.
 */
export function decryptFernet(keys: readonly Buffer[], token: Uint8Array, ttlSeconds: number | null, now: number = nowSeconds()): Buffer {
  const text = Buffer.from(token.buffer, token.byteOffset, token.byteLength).toString('latin1');
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < BODY_AT + MAC_BYTES || bytes[0] !== VERSION || !/^[\w-]+=*$/.test(text)) throw new InvalidToken('it is no token');
  const madeAt = Number(bytes.readBigUInt64BE(TIME_AT));
  if (ttlSeconds !== null && (madeAt + ttlSeconds < now || madeAt > now + MAX_SKEW_SECONDS))
    throw new InvalidToken('it is too old, or from the future');
  const signed = bytes.subarray(0, -MAC_BYTES);
  const key = keys.find((each) =>
    timingSafeEqual(createHmac('sha256', each.subarray(0, 16)).update(signed).digest(), bytes.subarray(-MAC_BYTES)),
  );
  if (key === undefined) throw new InvalidToken('no key fits');
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), bytes.subarray(IV_AT, BODY_AT));
  return Buffer.concat([decipher.update(signed.subarray(BODY_AT)), decipher.final()]);
}

function nowSeconds(): number {
  return Math.floor((performance.timeOrigin + performance.now()) / 1000);
}
