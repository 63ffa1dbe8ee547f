/** What a cause is in words; all of them are of deliveries that had not arrived when the drain was over. */
interface FateText {
  /** For tables with room, and exports. */
  readonly label: string;
  /** A word or two. */
  readonly word: string;
  /** The end of a sentence: "lost 50 % …". */
  readonly clause: string;
  /** Whether a layer loses them by its design, however well it works. */
  readonly isByDesign?: true;
}

export type LossCause =
  | 'isolated'
  | 'processCrashed'
  | 'disconnected'
  | 'refused'
  | 'overCapacity'
  | 'expired'
  | 'groupExpired'
  | 'bufferOverflow'
  | 'backendLost'
  | 'backpressureClosed'
  | 'lateAfterDrain'
  | 'unexplained';

/** Every cause of loss, in the order in which tables have them. Which is tried first is in `ledger/attribution.ts`, and why in docs/method.md. */
export const CAUSES: Readonly<Record<LossCause, FateText>> = {
  isolated: {
    label: 'isolated (the layer does not connect the processes)',
    word: 'isolated',
    clause: 'because its messages never leave the process',
    isByDesign: true,
  },
  processCrashed: { label: 'process crashed', word: 'crashed', clause: 'because a process died' },
  disconnected: { label: 'socket disconnected', word: 'disconnected', clause: 'because sockets were disconnected' },
  refused: { label: 'publish refused', word: 'refused', clause: 'because publishes were refused' },
  overCapacity: { label: 'queue over capacity', word: 'over capacity', clause: 'because queues were over their capacity' },
  expired: { label: 'message expired', word: 'expired', clause: 'because messages expired' },
  groupExpired: { label: 'membership expired', word: 'group expired', clause: 'because memberships expired' },
  bufferOverflow: { label: 'local buffer overflowed', word: 'overflow', clause: 'because local buffers overflowed' },
  backendLost: { label: 'Redis was away', word: 'Redis away', clause: 'because Redis was away' },
  backpressureClosed: { label: 'slow client closed', word: 'slow client', clause: 'because slow clients were closed' },
  lateAfterDrain: { label: 'arrived after the drain', word: 'late', clause: 'because it came after the drain' },
  unexplained: { label: 'unexplained', word: 'unexplained', clause: 'for no reason that was found' },
};

export const LOSS_CAUSES: readonly LossCause[] = Object.keys(CAUSES) as LossCause[];

/** What a layer drops of its own accord. It tells of each message, and of the channel that it was for. */
export type Drop = 'expired' | 'bufferOverflow';

/** Causes for which a server may name the messages. */
export type NamedCause = 'refused' | 'overCapacity' | Drop;

const NAMED: Readonly<Record<NamedCause, true>> = { refused: true, overCapacity: true, expired: true, bufferOverflow: true };

/** In the order in which they are tried. */
export const NAMED_CAUSES: readonly NamedCause[] = Object.keys(NAMED) as NamedCause[];

/** Why deliveries were lost: how many by each cause. */
export type LossByCause = { readonly [cause in LossCause]: number };

export const NO_LOSS: LossByCause = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])) as LossByCause;

/** Where a missing delivery went: lost by a cause, or still in flight. */
export type Fate = LossCause | 'inFlight';

export const FATES: Readonly<Record<Fate, FateText>> = {
  ...CAUSES,
  inFlight: {
    label: 'in flight (under way when the drain was over)',
    word: 'in flight',
    clause: 'because messages were still under way when the run ended',
  },
};

/** Whether a layer loses them by its design: nothing that was expected of it went wrong. */
export function isByDesign(fate: Fate): boolean {
  return FATES[fate].isByDesign === true;
}
