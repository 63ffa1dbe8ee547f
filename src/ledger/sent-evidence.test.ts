import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutToSent } from './sent-evidence.ts';

const entry = fc.record({ sender: fc.nat(3), from: fc.nat(2 ** 32), to: fc.nat(2 ** 32) });

it('names exactly the messages that were told of and sent', () => {
  fc.assert(
    fc.property(fc.array(entry), fc.array(fc.record({ sender: fc.nat(3), seq: fc.nat(200) })), (ranges, frames) => {
      const sent = [0, 1, 100];
      const attempted = (sender: number): number => sent[sender] ?? 0;
      const told = ranges.map((range) => ({ kind: 'message', cause: 'refused', channel: null, queues: null, ...range }) as const);
      const held = frames.map((frame) => ({ ...frame, channel: 'c', expired: false }));
      const cut = cutToSent(told, held, attempted);
      const names = (entries: typeof told): readonly string[] =>
        entries.flatMap(({ sender, from, to }) =>
          Array.from({ length: attempted(sender) }, (_, seq) => seq).flatMap((seq) =>
            seq >= from && seq < to ? [`${sender}/${seq}`] : [],
          ),
        );
      expect(names(cut.evidence as typeof told)).toEqual(names(told));
      expect(cut.evidence.every((one) => one.kind === 'message' && one.to <= attempted(one.sender))).toBe(true);
      expect(cut.held).toEqual(held.filter(({ sender, seq }) => seq < attempted(sender)));
    }),
  );
});
