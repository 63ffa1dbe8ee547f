import { describe, expect, it } from 'vitest';
import { payloadStrata, stratumOf } from '../model/payloads.ts';
import { checksumHolds, frameTemplate, HEADER_BYTES, issueFrame } from './frame.ts';
import { FrameTemplates } from './frame-templates.ts';

const ADDRESS = { epoch: 2, group: 1, process: 0 };

describe('templates of frames', () => {
  it('are one where payloads are alike', () => {
    const templates = new FrameTemplates(5, 1, { payloadBytes: 64 });
    expect(templates.of(0, 0)).toBe(templates.of(9, 1000));
    expect(templates.of(0, 0)).toEqual(frameTemplate(5, 1, 64));
  });

  it('have the size of each message, and a checksum that holds', () => {
    const planned = { payloadBytes: 0, payloads: { at: [0, 1], bytes: [0, 900] } };
    const [templates, strata] = [new FrameTemplates(5, 3, planned), payloadStrata(planned)];
    const sizes = Array.from({ length: 50 }, (_, seq) => {
      const frame = templates.of(4, seq);
      issueFrame(frame, { ...ADDRESS, sender: 4, seq }, 10, 20);
      expect(checksumHolds(frame)).toBe(true);
      expect(frame.length).toBe(HEADER_BYTES + strata[stratumOf(strata.length, 3, 4, seq)]!);
      return frame.length;
    });
    expect(new Set(sizes).size).toBeGreaterThan(30);
  });
});
