import { hash32 } from './random.ts';

/** Sizes of payloads as quantiles: `bytes[i]` is what a share of `at[i]` of the messages does not exceed. Both ascend, and are equally long. */
export interface PayloadSizes {
  /** Shares from 0 to 1. */
  readonly at: readonly number[];
  readonly bytes: readonly number[];
}

/** What a Plan has to say of payloads. */
export interface PlannedPayloads {
  readonly payloadBytes: number;
  readonly payloads?: PayloadSizes;
}

/** Sizes are drawn from so many, which are equally likely. */
const STRATA = 256;
/** The bits of a hash that choose one of them. */
const STRATUM_SHIFT = 24;

/** The equally likely sizes of a Plan's payloads, ascending; a single one where all are equal. */
export function payloadStrata({ payloadBytes, payloads }: PlannedPayloads): readonly number[] {
  if (payloads === undefined) return [payloadBytes];
  return Array.from({ length: STRATA }, (_, i) => Math.round(quantile(payloads, (i + 0.5) / STRATA)));
}

/** Which of the strata the message of a publisher has: of several, each as often. The same seed gives the same. */
export function stratumOf(strata: number, seed: number, publisher: number, seq: number): number {
  return strata === 1 ? 0 : hash32(seed, publisher, seq) >>> STRATUM_SHIFT;
}

/** Mean size of a payload. */
export function meanPayloadBytes(planned: PlannedPayloads): number {
  const strata = payloadStrata(planned);
  return strata.reduce((sum, bytes) => sum + bytes, 0) / strata.length;
}

/** Linear between the given quantiles; beyond the first and the last, as these. */
function quantile({ at, bytes }: PayloadSizes, share: number): number {
  const after = at.findIndex((other) => other >= share);
  if (after === -1) return bytes.at(-1)!;
  if (after === 0) return bytes[0]!;
  const [from, to] = [at[after - 1]!, at[after]!];
  return bytes[after - 1]! + ((share - from) / (to - from)) * (bytes[after]! - bytes[after - 1]!);
}
