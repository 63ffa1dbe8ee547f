import { crc32 as nativeCrc32 } from 'node:zlib';
import { crc32 } from '../src/wire/checksum.ts';
import { frameTemplate, HEADER_BYTES } from '../src/wire/frame.ts';
import { median, printTable, ratio } from './measuring.ts';

/*
 * The checksum of a frame: ours, which takes a range of bytes, against the one of zlib, which takes an array and so a view of every
 * range. Both over the three ranges that a frame has, in turn, on frames that differ. The ratio is the median over rounds.
 */

const ROUNDS = 31;
const FRAMES = 64;
const BYTES_OF_ROUND = 8_000_000;
const PAYLOADS = [0, 32, 128, 256, 512, 1024, 4096, 16_384];

/** As `frame.ts` has it. */
function ours(bytes: Uint8Array): number {
  return crc32(bytes, HEADER_BYTES, bytes.length, crc32(bytes, 24, 40, crc32(bytes, 0, 20)));
}

function native(bytes: Uint8Array): number {
  return nativeCrc32(bytes.subarray(HEADER_BYTES), nativeCrc32(bytes.subarray(24, 40), nativeCrc32(bytes.subarray(0, 20))));
}

/** With the header's ranges put together, so that a frame takes one view and two calls. */
const header = new Uint8Array(36);
function nativeOfTwo(bytes: Uint8Array): number {
  for (let at = 0; at < 20; at++) header[at] = bytes[at]!;
  for (let at = 24; at < 40; at++) header[at - 4] = bytes[at]!;
  return nativeCrc32(bytes.subarray(HEADER_BYTES), nativeCrc32(header));
}

function nsPerFrame(checksum: (bytes: Uint8Array) => number, frames: readonly Uint8Array[], times: number): number {
  const startNs = process.hrtime.bigint();
  let all = 0;
  for (let i = 0; i < times; i++) all ^= checksum(frames[i % FRAMES]!);
  const ns = Number(process.hrtime.bigint() - startNs) / times;
  return all === 0.5 ? NaN : ns;
}

const rows = PAYLOADS.map((payloadBytes) => {
  const frames = Array.from({ length: FRAMES }, (_, seed) => frameTemplate(1, seed, payloadBytes));
  if (frames.some((bytes) => ours(bytes) !== native(bytes) || ours(bytes) !== nativeOfTwo(bytes))) throw new Error('they differ');
  const times = Math.ceil(BYTES_OF_ROUND / (HEADER_BYTES + payloadBytes + 200));
  const sides = [ours, native, nativeOfTwo];
  for (const side of sides) nsPerFrame(side, frames, times);
  const rounds = Array.from({ length: ROUNDS }, () => sides.map((side) => nsPerFrame(side, frames, times)));
  const of = (read: (round: readonly number[]) => number): number => median(rounds.map(read));
  return [
    `${payloadBytes} B`,
    of(([first]) => first!).toFixed(0),
    of(([, second]) => second!).toFixed(0),
    ratio(of(([first, second]) => second! / first!)),
    ratio(of(([first, , third]) => third! / first!)),
  ];
});
printTable(['payload', 'ours, ns a frame', 'zlib, ns a frame', 'zlib ÷ ours', 'zlib in two calls ÷ ours'], rows);
