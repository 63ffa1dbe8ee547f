import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../ledger/evidence.ts';
import { EvidenceCursor } from '../../ledger/evidence-cursor.ts';
import { EPOCH_MEASURE, frameTemplate, issueFrame } from '../../wire/frame.ts';
import { EvidenceLog } from './evidence-log.ts';

function frameOf(run: number, sender: number, seq: number): Uint8Array {
  const frame = frameTemplate(run, 1, 0);
  issueFrame(frame, { epoch: EPOCH_MEASURE, group: 0, sender, seq, process: 0 }, 0, 0);
  return frame;
}

/** Each message of each entry, as sender/seq. */
function named(entries: readonly Evidence[]): readonly string[] {
  return entries.flatMap((entry) =>
    entry.kind === 'message' ? Array.from({ length: entry.to - entry.from }, (_, i) => `${entry.sender}/${entry.from + i}`) : [],
  );
}

const STEP = fc.oneof(
  // A message is lost: of this run, or of one before that was still under way.
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('drop' as const), runsAgo: fc.nat(2), sender: fc.nat(2), seq: fc.nat(9) }) },
  // The server is asked; of two requests that overlap, the second one is answered first.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), isTwice: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('nextRun' as const) }) },
);

describe('what a server tells of the losses of several runs', () => {
  it('is taken once, by the run that each message was of', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
        const log = new EvidenceLog(() => 0);
        let run = 1;
        let cursor = new EvidenceCursor(run);
        let lost: string[] = [];
        let taken: Evidence[] = [];
        const ask = (): { readonly after: number; readonly evidence: readonly Evidence[]; readonly evidenceCount: number } => {
          const after = cursor.place;
          return { after, evidence: log.after(after), evidenceCount: log.count };
        };
        const read = (isTwice: boolean): void => {
          const answers = isTwice ? [ask(), ask()].toReversed() : [ask()];
          for (const { after, ...report } of answers) taken.push(...cursor.take(after, report));
        };
        const end = (): void => {
          read(false);
          expect(named(taken).toSorted()).toEqual(lost.toSorted());
        };
        for (const step of steps) {
          if (step.kind === 'read') read(step.isTwice);
          if (step.kind === 'drop') {
            const of = Math.max(1, run - step.runsAgo);
            log.refused(frameOf(of, step.sender, step.seq));
            if (of === run) lost.push(`${step.sender}/${step.seq}`);
          }
          if (step.kind === 'nextRun') {
            end();
            run += 1;
            cursor = new EvidenceCursor(run, log.count);
            [lost, taken] = [[], []];
          }
        }
        end();
      }),
    );
  });

  it('has how far each sender was published in the run that is asked for', () => {
    const log = new EvidenceLog(() => 0);
    for (let seq = 0; seq < 5; seq++) log.publishEnded(frameOf(1, 7, seq));
    log.publishEnded(frameOf(1, 8, 0));
    log.publishEnded(frameOf(2, 7, 0));
    expect(log.published(2)).toEqual({ 7: 1 });
    expect(log.published(1)).toEqual({ 8: 1 });
    expect(log.published(null)).toEqual({ 7: 1, 8: 1 });
  });

  it('contradicts itself where entries are missing', () => {
    const cursor = new EvidenceCursor(1);
    expect(() => cursor.take(0, { evidence: [], evidenceCount: 2 })).toThrow("field 'evidenceCount' is 2, and 0 entries came after 0");
  });
});
