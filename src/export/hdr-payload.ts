import { deflateSync, inflateSync } from 'node:zlib';

/* Places in an HdrHistogram V2 payload, and before its compressed form a cookie and a length. */
const COMPRESSED_HEADER_BYTES = 8;
const NORMALIZING_INDEX_AT = 8;
const VALUE_RATIO_AT = 32;

/**
 * An encoded histogram as Java's library writes it: base64 → base64. hdr-histogram-js writes 1 where the offset of the
 * counts stands, which readers in C shift by, and an integer where Java reads a double.
 */
export function canonicalPayload(encoded: string): string {
  const compressed = Buffer.from(encoded, 'base64');
  const payload = inflateSync(compressed.subarray(COMPRESSED_HEADER_BYTES));
  payload.writeInt32BE(0, NORMALIZING_INDEX_AT);
  payload.writeDoubleBE(1, VALUE_RATIO_AT);
  const deflated = deflateSync(payload);
  const header = Buffer.from(compressed.subarray(0, COMPRESSED_HEADER_BYTES));
  header.writeInt32BE(deflated.length, 4);
  return Buffer.concat([header, deflated]).toString('base64');
}
