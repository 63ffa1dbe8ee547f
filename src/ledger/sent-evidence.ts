import type { Evidence, HeldFrame } from './evidence.ts';

/** What one server told, as far as it can be: it cannot know of messages that were never sent. */
export interface SentEvidence {
  readonly evidence: readonly Evidence[];
  readonly held: readonly HeldFrame[];
  /** Entries that named messages that were never sent, which are left out. */
  readonly beyond: number;
}

/** Cuts what a server told to the messages that were sent: `attempted` of each sender, 0 for one that there is none. */
export function cutToSent(evidence: readonly Evidence[], held: readonly HeldFrame[], attempted: (sender: number) => number): SentEvidence {
  let beyond = 0;
  const cut = evidence.flatMap((entry): readonly Evidence[] => {
    if (entry.kind !== 'message' || entry.to <= attempted(entry.sender)) return [entry];
    beyond += 1;
    const to = attempted(entry.sender);
    return entry.from < to ? [{ ...entry, to }] : [];
  });
  const kept = held.filter(({ sender, seq }) => seq < attempted(sender));
  return { evidence: cut, held: kept, beyond: beyond + held.length - kept.length };
}
