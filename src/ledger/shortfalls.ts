import { isByDesign } from '../model/causes.ts';
import type { Ledger } from './ledger.ts';
import type { Shortfall } from '../stats/censoring.ts';
import { pairKey, type AccountInput, type Pair } from './account.ts';
import type { Attributed } from './attribution.ts';
import { groupBy } from '../model/group-by.ts';
import type { SequenceRange } from '../model/ranges.ts';
import type { DeliveryMatrices } from './matrices.ts';
import type { OwedAccount } from './memberships.ts';
import { crossings, isReply } from './placements.ts';

/** What is missing from each kind of latency; isolated and uncertain deliveries are left out. */
export interface Shortfalls {
  /** Deliveries, those of both placements. */
  readonly deliveries: Shortfall;
  readonly sameProcess: Shortfall;
  readonly crossProcess: Shortfall;
  /** Messages; missing are those that reached nobody. */
  readonly firstDelivery: Shortfall;
  /** Messages; missing are those that missed a member. */
  readonly lastDelivery: Shortfall;
  /** Questions; missing are those that no reply came to. */
  readonly roundTrip: Shortfall;
}

/** `attributed` are the fates of what is missing of what is owed. */
export function shortfallsOf(owed: OwedAccount, { expected }: DeliveryMatrices, attributed: readonly Attributed[]): Shortfalls {
  const { input } = owed;
  // Replies have a latency of their own, that of the round trip.
  const replies = attributed.filter((entry) => isReply(input, entry));
  const deliveries = attributed.filter((entry) => !isReply(input, entry));
  const [sameProcess, crossProcess] = byPlacement(input, expected, deliveries);
  return {
    deliveries: { owed: sameProcess.owed + crossProcess.owed, missing: sameProcess.missing + crossProcess.missing },
    sameProcess,
    crossProcess,
    ...byMessage(owed, deliveries),
    roundTrip: ofRoundTrips(input, replies),
  };
}

function byPlacement(input: AccountInput, expected: Float64Array, deliveries: readonly Attributed[]): readonly [Shortfall, Shortfall] {
  const sides = [
    { owed: 0, missing: 0 },
    { owed: 0, missing: 0 },
  ] as const;
  const sideOf = (sending: number, receiving: number): { owed: number; missing: number } => sides[sending === receiving ? 0 : 1];
  /** How much of some messages of a pair had to cross between one process and itself, and how much between two. */
  const divide = (pair: Pair, { from, to }: SequenceRange, add: (side: { owed: number; missing: number }, count: number) => void): void => {
    for (const part of crossings(input, pair))
      add(sideOf(part.sending, part.receiving), Math.max(0, Math.min(to, part.to) - Math.max(from, part.from)));
  };
  for (const [cell, count] of expected.entries()) sideOf(Math.floor(cell / input.processes), cell % input.processes).owed += count;
  input.publishers.forEach(({ answeredBy, attempted, socket }, publisher) => {
    if (answeredBy !== null) divide({ publisher, socket }, { from: 0, to: attempted }, (side, count) => (side.owed -= count));
  });
  for (const entry of deliveries) {
    if (isByDesign(entry.fate)) divide(entry, entry, (side, count) => (side.owed -= count));
    else divide(entry, entry, (side, count) => (side.missing += count));
  }
  return sides;
}

function byMessage({ input, away }: OwedAccount, deliveries: readonly Attributed[]): Pick<Shortfalls, 'firstDelivery' | 'lastDelivery'> {
  let [owed, reachedNobody, missedSomebody] = [0, 0, 0];
  const ofPublisher = groupBy(deliveries, ({ publisher }) => publisher);
  input.publishers.forEach(({ group, attempted }, publisher) => {
    const members = input.members[group]!.filter((socket) => !isReply(input, { publisher, socket }));
    // Differences from one sequence number to the next: of members that are not owed it, and of those that it is missing at.
    const [exempt, missing] = [new Int32Array(attempted + 1), new Int32Array(attempted + 1)];
    for (const entry of ofPublisher.get(publisher) ?? []) mark(isByDesign(entry.fate) ? exempt : missing, entry);
    for (const socket of members) for (const range of away.get(pairKey({ publisher, socket })) ?? []) mark(exempt, range);
    let [exemptNow, missingNow] = [0, 0];
    for (let seq = 0; seq < attempted; seq += 1) {
      exemptNow += exempt[seq]!;
      missingNow += missing[seq]!;
      if (exemptNow < members.length) owed += 1;
      if (missingNow > 0) missedSomebody += 1;
      if (missingNow > 0 && exemptNow + missingNow === members.length) reachedNobody += 1;
    }
  });
  return { firstDelivery: { owed, missing: reachedNobody }, lastDelivery: { owed, missing: missedSomebody } };
}

function mark(differences: Int32Array, { from, to }: SequenceRange): void {
  differences[from]! += 1;
  differences[to]! -= 1;
}

function ofRoundTrips({ publishers }: AccountInput, replies: readonly Attributed[]): Shortfall {
  const count = (entries: readonly Attributed[]): number => entries.reduce((sum, { from, to }) => sum + to - from, 0);
  const asked = publishers.reduce((sum, { answeredBy, attempted }) => sum + (answeredBy === null ? 0 : attempted), 0);
  const isolated = count(replies.filter(({ fate }) => isByDesign(fate)));
  return { owed: asked - isolated, missing: count(replies) - isolated };
}

/** The deliveries of a run. What no layer was meant to carry is left out; what is uncertain is not in `expected`. */
export function shortfallOf({ expected, lost, lostTotal, inFlight }: Ledger): Shortfall {
  return { owed: expected - lost.isolated, missing: lostTotal - lost.isolated + inFlight };
}
