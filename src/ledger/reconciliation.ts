import { NO_LOSS, type LossByCause } from '../model/causes.ts';
import type { AccountInput } from './account.ts';
import { attribute, type Attributed } from './attribution.ts';
import { deliveryMatrices, type DeliveryMatrices } from './matrices.ts';
import { owedAccount } from './memberships.ts';
import { rangesLength } from '../model/ranges.ts';
import type { Ledger, Reach } from './ledger.ts';
import { shortfallsOf, type Shortfalls } from './shortfalls.ts';

/** Deliveries that are counted beside the account: a duplicate never hides a loss. */
export interface SideCounts {
  readonly duplicates: number;
  readonly reordered: number;
  readonly reorderExtentMax: number;
  readonly late: number;
  readonly strays: number;
  readonly corrupt: number;
}

export interface ReconciledLedger {
  readonly ledger: Ledger;
  readonly reach: Reach;
  readonly matrices: DeliveryMatrices;
  readonly attributed: readonly Attributed[];
  readonly shortfalls: Shortfalls;
}

/**
 * Closes the account: expected = delivered + lost + in flight, to the unit.
 * Expected is counted from the publishers, delivered by the drivers, and the missing are enumerated: `balanced` says
 * whether the enumeration equals the difference of the other two. Reach comes from the enumeration.
 */
export function reconcile(account: AccountInput, side: SideCounts): ReconciledLedger {
  const owed = owedAccount(account);
  const { input, away, uncertain, strays } = owed;
  const { delivered } = input;
  const matrices = deliveryMatrices(owed);
  const expected = matrices.expected.reduce((sum, count) => sum + count, 0);
  const attributed = attribute(input, away);
  const lost: Record<keyof LossByCause, number> = { ...NO_LOSS };
  let inFlight = 0;
  for (const entry of attributed) {
    if (entry.fate === 'inFlight') inFlight += entry.to - entry.from;
    else lost[entry.fate] += entry.to - entry.from;
  }
  const ledger: Ledger = {
    expected,
    delivered,
    lost,
    lostTotal: Object.values(lost).reduce((sum, count) => sum + count, 0),
    inFlight,
    uncertain,
    ...side,
    strays: side.strays + strays,
    lossEvents: lossEvents(attributed),
    balanced: rangesLength(input.missing) === expected - delivered,
  };
  const shortfalls = shortfallsOf(owed, matrices, attributed);
  return { ledger, reach: reachOf(input.processes, matrices, ledger), matrices, attributed, shortfalls };
}

/** Maximal runs of a publisher's sequence numbers that had not arrived at some member, whatever became of them. */
function lossEvents(attributed: readonly Attributed[]): number {
  const lost = attributed.toSorted((a, b) => a.publisher - b.publisher || a.from - b.from);
  let events = 0;
  let publisher = -1;
  let end = 0;
  for (const entry of lost) {
    if (entry.publisher !== publisher || entry.from > end) events += 1;
    end = entry.publisher === publisher ? Math.max(end, entry.to) : entry.to;
    publisher = entry.publisher;
  }
  return events;
}

function reachOf(processes: number, matrices: DeliveryMatrices, { expected, delivered }: Ledger): Reach {
  const matrix = Array.from({ length: processes }, (_, from) =>
    Array.from({ length: processes }, (__, to) => {
      const cell = from * processes + to;
      return matrices.expected[cell] === 0 ? null : matrices.delivered[cell]! / matrices.expected[cell]!;
    }),
  );
  return { ratio: expected === 0 ? null : delivered / expected, matrix };
}
