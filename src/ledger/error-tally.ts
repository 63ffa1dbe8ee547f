import { knownError } from '../model/error-remedies.ts';
import { commonText } from '../model/error-text.ts';
import { NS_PER_MS } from '../model/units.ts';

/** One text, and how often it was said; times of the host's monotonic clock. */
export interface ErrorCount {
  readonly cause: ErrorCause;
  readonly text: string;
  readonly count: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** Distinct texts beyond this are counted together. */
const MOST_TEXTS = 20;
const OTHERS = 'other errors';
/** Texts whose common form is kept at hand: errors come as often as messages do. */
const MOST_KEPT = 200;

/** Counts what was said of errors, by text: the number of texts is bounded, whatever is said. */
export class ErrorTally {
  private readonly counts = new Map<string, ErrorCount>();
  /** Distinct texts, the one for all others aside. */
  private texts = 0;
  private readonly common = new Map<string, string>();

  add(cause: ErrorCause, said: string, atNs: number): void {
    this.take({ cause, text: this.commonOf(said), count: 1, fromNs: atNs, toNs: atNs });
  }

  /** Adds what another tally has counted, or what a server did. */
  take({ cause, text, count, fromNs, toNs }: ErrorCount): void {
    const key = `${cause} ${text}`;
    const known = this.counts.get(key);
    if (known === undefined && text !== OTHERS) {
      if (this.texts === MOST_TEXTS) return this.take({ cause, text: OTHERS, count, fromNs, toNs });
      this.texts += 1;
    }
    this.counts.set(key, {
      cause,
      text,
      count: (known?.count ?? 0) + count,
      fromNs: Math.min(known?.fromNs ?? Infinity, fromNs),
      toNs: Math.max(known?.toNs ?? -Infinity, toNs),
    });
  }

  list(): readonly ErrorCount[] {
    return [...this.counts.values()];
  }

  private commonOf(said: string): string {
    const kept = this.common.get(said);
    if (kept !== undefined) return kept;
    const text = commonText(said) || 'no reason was given';
    if (this.common.size < MOST_KEPT) this.common.set(said, text);
    return text;
  }
}

/** What all have counted, the most frequent first, each known one with its meaning and remedy. `startNs`: of the measure phase. */
export function mergeErrors(counts: readonly ErrorCount[], startNs: number): readonly ToldError[] {
  const tally = new ErrorTally();
  for (const count of counts.toSorted((a, b) => b.count - a.count)) tally.take(count);
  return tally
    .list()
    .toSorted((a, b) => b.count - a.count)
    .map(({ cause, text, count, fromNs, toNs }) => {
      const known = knownError(text);
      return {
        cause,
        text,
        count,
        fromMs: Math.round((fromNs - startNs) / NS_PER_MS),
        toMs: Math.round((toNs - startNs) / NS_PER_MS),
        ...(known !== null && { meaning: known.meaning, remedy: known.remedy }),
      };
    });
}

/** What an error is of: messages that were refused, sockets that ended or could not be opened again, backends that a layer lost. */
export type ErrorCause = 'refused' | 'disconnected' | 'backendLost';

/** One text that was said of errors of the measure phase and its drain; as a text is of somebody else, it is one line without secrets. */
export interface ToldError {
  readonly cause: ErrorCause;
  /** What differs each time, such as slots and ports, is `…`. */
  readonly text: string;
  /** How often: messages, sockets or tries to open one again, times that a server's layer lost its backend. */
  readonly count: number;
  /** The first and the last time, from the beginning of the measure phase. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What it means, and what to do about it; left out where that is not known. */
  readonly meaning?: string;
  readonly remedy?: string;
}
