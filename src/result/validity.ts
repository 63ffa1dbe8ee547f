import type { Latencies, RunResult, Throughput, Validity } from './run-result.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { formatCount, formatRatio, formatUs } from '../model/units.ts';

/** What decides whether the numbers of a run may be believed. */
export interface ValidityInput {
  readonly throughput: Throughput;
  readonly latency: Latencies;
  readonly ledger: Ledger;
  /** Page views, which are no deliveries. */
  readonly visits: number;
  /** Drivers whose clocks disagree, each in a sentence. */
  readonly strangeClocks: readonly string[];
  /** Processes that died without having been planned to, each in a sentence. */
  readonly deaths: readonly string[];
  /** Drivers that attempted less than their schedules had due, each in a sentence. */
  readonly shortfalls: readonly string[];
  /** What contradicts itself in the account, each in a sentence. */
  readonly broken: readonly string[];
  /** Drivers and servers that did not give their last report. */
  readonly silent: readonly string[];
}

const MIN_SENT_RATIO = 0.99;
const LAG_FLOOR_US = 20_000;
const LAG_SHARE = 0.5;

/** A run is invalid where the harness, not the system under test, made the numbers; every reason is told. */
export function judgeValidity(input: ValidityInput): Validity {
  const reasons = [
    ...input.deaths,
    ...input.silent,
    ...input.shortfalls,
    ...generatorReasons(input),
    ...ledgerReasons(input),
    ...input.broken,
    ...input.strangeClocks,
  ];
  return { valid: reasons.length === 0, reasons };
}

/** Why the numbers of a run are not to be relied on, as what is said of it; null where they are. */
export function flawOf({ validity: { valid, reasons }, run: { state } }: Pick<RunResult, 'validity' | 'run'>): string | null {
  if (!valid) return `is invalid: ${reasons.join('; ')}`;
  return state === 'completed' ? null : `was ${state}`;
}

function generatorReasons({ throughput, latency }: ValidityInput): readonly string[] {
  const reasons: string[] = [];
  const ratio = throughput.offeredPerSecond === 0 ? 1 : throughput.sentPerSecond / throughput.offeredPerSecond;
  if (ratio < MIN_SENT_RATIO) reasons.push(`the generator fell behind: it sent ${formatRatio(ratio)} of what was offered in the time`);
  const lag = latency.pacerLag?.p99 ?? 0;
  const bound = Math.max(LAG_FLOOR_US, LAG_SHARE * (latency.response?.p99 ?? 0));
  if (lag > bound) reasons.push(`the generator fell behind: pacer lag p99 is ${formatUs(lag)}, above ${formatUs(bound)}`);
  return reasons;
}

function ledgerReasons({ ledger, visits }: ValidityInput): readonly string[] {
  const { expected, delivered, uncertain, balanced } = ledger;
  if (uncertain > expected) {
    const share = `${formatCount(uncertain)} of ${formatCount(expected + uncertain)} deliveries`;
    return [`most of what was due is uncertain: members came or went at the time of ${share}, so that nobody can say what they were owed`];
  }
  if (expected === 0) return visits > 0 ? [] : ['nothing was measured: no message was due'];
  if (balanced) return [];
  if (delivered > expected) return [`the ledger does not balance: ${formatCount(delivered - expected)} deliveries more than were owed`];
  return [`the ledger does not balance: ${formatCount(expected - delivered)} deliveries are missing, but not as many are enumerated`];
}
