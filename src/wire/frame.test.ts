import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from './checksum.ts';
import * as frame from './frame.ts';

describe('crc32', () => {
  it('is the one of zlib, whole or in parts', () => {
    expect(crc32(Buffer.from('123456789'), 0, 9)).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        const middle = Math.min(cut, bytes.length);
        expect(crc32(bytes, 0, bytes.length)).toBe(zlibCrc32(bytes));
        expect(crc32(bytes, middle, bytes.length, crc32(bytes, 0, middle))).toBe(zlibCrc32(bytes));
      }),
    );
  });
});

describe('a frame', () => {
  const u16 = fc.integer({ min: 0, max: 2 ** 16 - 1 });
  const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const ns = fc.integer({ min: 0, max: 2 ** 53 - 1 });

  it('gives back what was issued, and the stamps of its server', () => {
    fc.assert(
      fc.property(u16, u16, u32, u32, u32, ns, ns, ns, fc.nat(200), (run, process, group, sender, seq, due, issued, recv, payload) => {
        const bytes = frame.frameTemplate(run, 1, payload);
        frame.issueFrame(bytes, { epoch: frame.EPOCH_MEASURE, group, sender, seq, process }, due, issued);
        frame.stampSend(bytes, issued);
        frame.stampRecv(bytes, recv);
        expect(frame.isFrame(bytes)).toBe(true);
        expect(bytes.length).toBe(frame.HEADER_BYTES + payload);
        expect(frame.frameProcess(bytes)).toBe(process);
        expect([frame.frameRun(bytes), frame.frameGroup(bytes), frame.frameSender(bytes), frame.frameSeq(bytes)]).toEqual([
          run,
          group,
          sender,
          seq,
        ]);
        expect([frame.frameDueNs(bytes), frame.frameIssuedNs(bytes)]).toEqual([due, issued]);
        expect([frame.frameSendNs(bytes), frame.frameRecvNs(bytes)]).toEqual([issued, recv]);
        expect(frame.checksumHolds(bytes)).toBe(true);
      }),
    );
  });

  it('has a payload that follows from the seed, whatever the run', () => {
    const payload = (run: number, seed: number): string =>
      Buffer.from(frame.frameTemplate(run, seed, 64).slice(frame.HEADER_BYTES)).toString('hex');
    expect(payload(1, 7)).toBe(payload(0xcfd3cfd3, 7));
    expect(payload(1, 7)).not.toBe(payload(1, 8));
  });

  it('shows a change of any byte but the stamps of the server', () => {
    const bytes = frame.frameTemplate(77, 1, 40);
    frame.issueFrame(bytes, { epoch: 2, group: 1, sender: 2, seq: 3, process: 4 }, 4e9, 5e9);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 0x10;
      const mutable = at >= 40 && at < 56;
      expect(frame.checksumHolds(changed), `byte ${at}`).toBe(mutable);
    }
  });

  it('is checked by comparison with one that held, and no worse', () => {
    const checker = new frame.ChecksumChecker();
    const issued = (seq: number): Uint8Array => {
      const bytes = frame.frameTemplate(77, 1, 41);
      frame.issueFrame(bytes, { epoch: 2, group: 1, sender: 2, seq, process: 4 }, 4e9, 5e9);
      return bytes;
    };
    expect([checker.holds(issued(1)), checker.holds(issued(1)), checker.holds(issued(2))]).toEqual([true, true, true]);
    for (let at = 0; at < issued(2).length; at++) {
      const changed = issued(2);
      changed[at]! ^= 1;
      expect(checker.holds(changed), `byte ${at}`).toBe(at >= 40 && at < 56);
    }
    const both = issued(3);
    both[60]! ^= 1;
    expect([checker.holds(both), checker.holds(both), checker.holds(issued(3))]).toEqual([false, false, true]);
  });

  it('is told from other bytes', () => {
    expect(frame.isFrame(new Uint8Array(frame.HEADER_BYTES))).toBe(false);
    expect(frame.isFrame(frame.frameTemplate(1, 1, 0).slice(1))).toBe(false);
  });
});
