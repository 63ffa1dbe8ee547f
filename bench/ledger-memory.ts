import { DeliveryRecord } from '../src/ledger/arrivals.ts';
import { seededRandom } from '../src/model/random.ts';
import { printTable } from './measuring.ts';

/*
 * Memory of the delivery ledger, exact: bytes per pair of (publisher, member), and bits per delivery that was lost or
 * out of order, for the patterns of loss that layers show.
 */
const PAIRS = 1000;
const MESSAGES = 20_000;
const random = seededRandom(1, 0);

/** Order in which the sequence numbers of one pair arrive. */
const patterns: readonly (readonly [string, () => readonly number[]])[] = [
  ['nothing lost', () => sequence(() => true)],
  ['all lost', () => []],
  ['lost after the 100th (isolated, crashed)', () => sequence((seq) => seq < 100)],
  ['one burst of 1,000', () => sequence((seq) => seq < 5000 || seq >= 6000)],
  ['every second one', () => sequence((seq) => seq % 2 === 0)],
  ['10 % at random', () => sequence(() => random() >= 0.1)],
  ['1 % at random', () => sequence(() => random() >= 0.01)],
  ['neighbours swapped', () => sequence(() => true).map((seq) => seq ^ 1)],
];

function sequence(keep: (seq: number) => boolean): readonly number[] {
  return Array.from({ length: MESSAGES }, (_, seq) => seq).filter(keep);
}

const rows = patterns.map(([name, arrivals]) => {
  const ledger = new DeliveryRecord(PAIRS);
  let unusual = 0;
  for (let pair = 0; pair < PAIRS; pair++) {
    const order = arrivals();
    for (const seq of order) ledger.record(pair, seq);
    unusual += MESSAGES - order.length;
  }
  unusual += ledger.reordered;
  const extra = ledger.bytes - PAIRS * 16;
  return [
    name,
    (ledger.bytes / PAIRS).toFixed(1),
    unusual === 0 ? '–' : ((extra * 8) / unusual).toFixed(2),
    ((extra * 8) / PAIRS / MESSAGES).toFixed(3),
  ];
});
printTable(['pattern', 'bytes per pair', 'bits beyond 16 B per lost or reordered', 'bits beyond 16 B per message'], rows);
