import { rangesByPair, type AccountInput } from './account.ts';
import type { ReconciledLedger } from './reconciliation.ts';
import { rangesLength } from '../model/ranges.ts';

/**
 * What holds for every account, whatever the system under test did; a sentence for each that does not. Where one is broken, the
 * instrument is wrong, and the result is invalid.
 */
export function brokenInvariants(
  account: AccountInput,
  { ledger, reach, matrices }: ReconciledLedger,
  recoveries: readonly (number | null)[],
): readonly string[] {
  const sum = (numbers: Float64Array): number => numbers.reduce((total, count) => total + count, 0);
  const rules: readonly (readonly [string, boolean])[] = [
    ['a cell of the reach matrix is outside of 0 to 1', reach.matrix.flat().every((ratio) => ratio === null || (ratio >= 0 && ratio <= 1))],
    ['a pair of processes has fewer than no deliveries', [...matrices.expected, ...matrices.delivered].every((count) => count >= 0)],
    ['a publisher and a member have more deliveries missing than were due', missingWereDue(account)],
    ['the pairs of processes do not sum up to what is expected', sum(matrices.expected) === ledger.expected],
    // An account that does not balance is told as that.
    ['the pairs of processes do not sum up to what was delivered', !ledger.balanced || sum(matrices.delivered) === ledger.delivered],
    [
      'delivered, lost and in flight do not sum up to what is expected',
      !ledger.balanced || ledger.delivered + ledger.lostTotal + ledger.inFlight === ledger.expected,
    ],
    ['a cause has fewer than no losses', Object.values(ledger.lost).every((count) => count >= 0)],
    ['a recovery ends before its fault', recoveries.every((ms) => ms === null || ms >= 0)],
  ];
  return rules.flatMap(([what, holds]) => (holds ? [] : [`the account contradicts itself: ${what}`]));
}

/** Whether what is missing is of members of the publisher's group, was due, and is counted once. */
function missingWereDue({ missing, publishers, members }: AccountInput): boolean {
  const groups = members.map((sockets) => new Set(sockets));
  const areDue = missing.every(({ publisher, socket, from, to }) => {
    const known = publishers[publisher];
    return known !== undefined && groups[known.group]!.has(socket) && from >= 0 && from < to && to <= known.attempted;
  });
  const once = [...rangesByPair(missing).values()].reduce((total, ranges) => total + rangesLength(ranges), 0);
  return areDue && once === rangesLength(missing);
}
