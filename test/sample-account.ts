import type { AccountInput } from '../src/ledger/account.ts';
import type { SideCounts } from '../src/ledger/reconciliation.ts';

export const MESSAGES = 100;
export const SECOND_NS = 1e9;

/** Nothing beside the deliveries themselves. */
export const NO_SIDE_COUNTS: SideCounts = { duplicates: 0, reordered: 0, reorderExtentMax: 0, late: 0, strays: 0, corrupt: 0 };

/** A socket of a process that has been there all the time. */
export function sampleSocket(process: number, channel: string): AccountInput['sockets'][number] {
  return { placements: [{ process, channel, fromNs: -Infinity }], outages: [], absences: [], joinsNs: [] };
}

/** Two processes over a shared layer, and a publisher of 100 messages, one every 0.1 s, of whose fate nobody knows anything. */
export const NOTHING_KNOWN: Omit<AccountInput, 'publishers' | 'sockets' | 'members' | 'delivered' | 'missing'> = {
  scope: 'shared',
  processes: 2,
  groupNames: ['g0'],
  lateArrivals: [],
  crossed: [true, true, true, true],
  crashes: [],
  evidence: [[], []],
  held: [[], []],
  published: [null],
  expiryNs: 60 * SECOND_NS,
  groupExpiryNs: Infinity,
  guardNs: 0,
  membershipsLostNs: [],
  backendReplacedNs: [],
  dueNs: () => Float64Array.from({ length: MESSAGES }, (_, seq) => (seq * SECOND_NS) / 10),
};
