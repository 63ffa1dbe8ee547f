import type { LayerScope } from '../model/layers.ts';
import { type SequenceRange, normalizeRanges, splitRanges } from '../model/ranges.ts';

/* What cannot arrive, whoever asks: a drain does not wait for it, and the account gives it its cause. */

/** Pairs of processes that nothing crosses. */
export class Isolation {
  /** [sending process × processes + receiving process] is 1 where nothing crosses. */
  readonly pairs: Uint8Array;
  private readonly processes: number;

  constructor(pairs: Uint8Array, processes: number) {
    this.pairs = pairs;
    this.processes = processes;
  }

  /** `crossed[sending × processes + receiving]`: whether anything did. A layer that reaches every process isolates none. */
  static of(scope: LayerScope, crossed: ArrayLike<boolean | number>, processes: number): Isolation {
    const isIsolated = (pair: number): boolean => scope === 'process' && !crossed[pair];
    return new Isolation(
      Uint8Array.from({ length: processes * processes }, (_, pair) => (isIsolated(pair) ? 1 : 0)),
      processes,
    );
  }

  /** Whether nothing crosses from one process to another. */
  parts(sending: number, receiving: number): boolean {
    return this.pairs[sending * this.processes + receiving] === 1;
  }
}

/** Messages of a publisher that reached no server, or that its server refused: nobody gets them. */
export function sentToNobody(publisher: {
  readonly unsendable: readonly SequenceRange[];
  readonly refused: readonly SequenceRange[];
}): readonly SequenceRange[] {
  return normalizeRanges([...publisher.unsendable, ...publisher.refused]);
}

/** One (publisher, socket), when everything is sent. */
export interface AwaitedPair {
  readonly missing: readonly SequenceRange[];
  readonly toNobody: readonly SequenceRange[];
  /** Whether the member's socket is open. */
  readonly isOpen: boolean;
  /** Processes that its messages may have come from, and ones that the member was on. */
  readonly sending: Iterable<number>;
  readonly receiving: Iterable<number>;
}

/** What of a pair's missing messages may still arrive. */
export function stillToCome(pair: AwaitedPair, isolation: Isolation): readonly SequenceRange[] {
  const { missing, toNobody, isOpen, sending, receiving } = pair;
  if (!isOpen) return [];
  const receivers = [...receiving];
  const isIsolated = [...sending].every((from) => receivers.every((to) => isolation.parts(from, to)));
  return isIsolated ? [] : splitRanges(missing, toNobody).outside;
}
