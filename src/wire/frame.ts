import { crc32 } from './checksum.ts';

/*
 * The frame that every message carries; all numbers are little-endian. `docs/protocol.md` is its public description.
 *
 *    0  u8 ×2  magic 'LB'          16  u32  sequence number, per sender and epoch
 *    2  u8     version             20  u32  CRC-32 of bytes 0–19, 24–39 and 56–end
 *    3  u8     epoch               24  u64  due     ns, monotonic clock of the host
 *    4  u32    group               32  u64  issued  the driver wrote it
 *    8  u16    run                 40  u64  send    the server called the layer
 *   10  u16    process             48  u64  recv    the layer handed it to this member's consumer
 *   12  u32    sender              56       payload: padding, fixed bytes
 *
 * `process` is the server process that the driver handed it to, as that one's `hello` has said.
 *
 * Servers write `send` and `recv` and nothing else; 0 means not stamped. Stamps are doubles here: exact up to
 * 2^53 ns, which is 104 days of uptime, and to 1 ns beyond.
 */

export const HEADER_BYTES = 56;
export const FRAME_VERSION = 1;

/** Which phase a frame belongs to: sequence numbers start anew in each. */
export const EPOCH_PROBE = 0;
export const EPOCH_WARMUP = 1;
export const EPOCH_MEASURE = 2;

const MAGIC_0 = 0x4c;
const MAGIC_1 = 0x42;
const EPOCH_AT = 3;
const GROUP_AT = 4;
const RUN_AT = 8;
const PROCESS_AT = 10;
const SENDER_AT = 12;
const SEQ_AT = 16;
const CHECKSUM_AT = 20;
const DUE_AT = 24;
const ISSUED_AT = 32;
const SEND_AT = 40;
const RECV_AT = 48;

const TWO_32 = 2 ** 32;

function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

function readU64(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) + readU32(bytes, at + 4) * TWO_32;
}

function writeU64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  writeU32(bytes, at, value - high * TWO_32);
  writeU32(bytes, at + 4, high);
}

/** A frame of our version, long enough to have a header. */
export function isFrame(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && bytes[0] === MAGIC_0 && bytes[1] === MAGIC_1 && bytes[2] === FRAME_VERSION;
}

export function frameEpoch(bytes: Uint8Array): number {
  return bytes[EPOCH_AT]!;
}
export function frameGroup(bytes: Uint8Array): number {
  return readU32(bytes, GROUP_AT);
}
export function frameRun(bytes: Uint8Array): number {
  return readU16(bytes, RUN_AT);
}
export function frameProcess(bytes: Uint8Array): number {
  return readU16(bytes, PROCESS_AT);
}
export function frameSender(bytes: Uint8Array): number {
  return readU32(bytes, SENDER_AT);
}
export function frameSeq(bytes: Uint8Array): number {
  return readU32(bytes, SEQ_AT);
}
export function frameDueNs(bytes: Uint8Array): number {
  return readU64(bytes, DUE_AT);
}
export function frameIssuedNs(bytes: Uint8Array): number {
  return readU64(bytes, ISSUED_AT);
}
export function frameSendNs(bytes: Uint8Array): number {
  return readU64(bytes, SEND_AT);
}
export function frameRecvNs(bytes: Uint8Array): number {
  return readU64(bytes, RECV_AT);
}
export function stampSend(bytes: Uint8Array, ns: number): void {
  writeU64(bytes, SEND_AT, ns);
}
export function stampRecv(bytes: Uint8Array, ns: number): void {
  writeU64(bytes, RECV_AT, ns);
}

function checksum(bytes: Uint8Array): number {
  return crc32(bytes, HEADER_BYTES, bytes.length, crc32(bytes, DUE_AT, SEND_AT, crc32(bytes, 0, CHECKSUM_AT)));
}

/** Whether header and payload arrived as they were issued. */
export function checksumHolds(bytes: Uint8Array): boolean {
  return readU32(bytes, CHECKSUM_AT) === checksum(bytes);
}

/**
 * Checks frames that mostly repeat one message, as a fan-out's do: bytes that equal those of a frame whose checksum
 * held need no checksum of their own.
 */
export class ChecksumChecker {
  private good: Uint8Array = new Uint8Array(0);

  holds(bytes: Uint8Array): boolean {
    if (sameIssue(this.good, bytes)) return true;
    if (!checksumHolds(bytes)) return false;
    this.good = bytes;
    return true;
  }
}

/** Whether two frames are equal in all that the checksum covers, and in the checksum itself. */
function sameIssue(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  return sameBytes(a, b, 0, SEND_AT) && sameBytes(a, b, HEADER_BYTES, a.length);
}

function sameBytes(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  let different = 0;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    different |=
      (a[at]! ^ b[at]!) |
      (a[at + 1]! ^ b[at + 1]!) |
      (a[at + 2]! ^ b[at + 2]!) |
      (a[at + 3]! ^ b[at + 3]!) |
      (a[at + 4]! ^ b[at + 4]!) |
      (a[at + 5]! ^ b[at + 5]!) |
      (a[at + 6]! ^ b[at + 6]!) |
      (a[at + 7]! ^ b[at + 7]!);
  }
  for (; at < to; at++) different |= a[at]! ^ b[at]!;
  return different === 0;
}

/**
 * A frame with its fixed part filled in: magic, version, run, and padding of `payloadBytes` bytes. These follow from the seed alone: what
 * handles them may cost more for some bytes than for others, and equal commands are to cost the same.
 */
export function frameTemplate(run: number, seed: number, payloadBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payloadBytes);
  bytes[0] = MAGIC_0;
  bytes[1] = MAGIC_1;
  bytes[2] = FRAME_VERSION;
  writeU16(bytes, RUN_AT, run);
  let state = seed | 0;
  for (let at = HEADER_BYTES; at < bytes.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** What identifies one message. */
export interface FrameAddress {
  readonly epoch: number;
  readonly group: number;
  readonly sender: number;
  readonly seq: number;
  /** Server process that it is handed to. */
  readonly process: number;
}

/** Makes a copy of a template (or earlier frame) into the frame of one message, ready to be written to the socket. */
export function issueFrame(bytes: Uint8Array, address: FrameAddress, dueNs: number, issuedNs: number): void {
  bytes[EPOCH_AT] = address.epoch;
  writeU32(bytes, GROUP_AT, address.group);
  writeU16(bytes, PROCESS_AT, address.process);
  writeU32(bytes, SENDER_AT, address.sender);
  writeU32(bytes, SEQ_AT, address.seq);
  writeU64(bytes, DUE_AT, dueNs);
  writeU64(bytes, ISSUED_AT, issuedNs);
  writeU64(bytes, SEND_AT, 0);
  writeU64(bytes, RECV_AT, 0);
  writeU32(bytes, CHECKSUM_AT, checksum(bytes));
}
