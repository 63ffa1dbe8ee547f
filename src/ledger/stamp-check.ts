import { formatCount, formatUs, NS_PER_MS, NS_PER_US } from '../model/units.ts';

/** Clocks of one host are one clock: what a stamp may be out of order by, and still be told as a negative latency. */
export const CLOCK_BOUND_NS: number = NS_PER_MS;

/** The order in which a delivery is stamped; each name says which two stamps it is about. */
const STEPS = ['issued → send', 'send → recv', 'recv → arrived'] as const;

/** What the stamps of delivered frames were like. */
export interface StampFindings {
  readonly frames: number;
  /** Without one of the stamps of their server. */
  readonly unstamped: number;
  /** By step, in the order of `STEPS`: frames whose later stamp is earlier by more than the bound, and the most that it is. */
  readonly broken: readonly { readonly frames: number; readonly worstNs: number }[];
}

/**
 * Whether the stamps of servers may be believed: `issued ≤ send ≤ recv ≤ arrived`, where the first and the last are of
 * drivers. On the hot path, so that what is in order costs three comparisons.
 */
export class StampCheck {
  private frames = 0;
  private unstamped = 0;
  private readonly broken = STEPS.map(() => ({ frames: 0, worstNs: 0 }));

  /** Whether latencies may be made from the stamps of one frame, in ns of one clock; 0 for a stamp that is not there. */
  holds(issuedNs: number, sendNs: number, recvNs: number, arrivedNs: number): boolean {
    this.frames += 1;
    if (sendNs >= issuedNs && recvNs >= sendNs && arrivedNs >= recvNs) return true;
    return this.isBounded(issuedNs, sendNs, recvNs, arrivedNs);
  }

  findings(): StampFindings {
    return { frames: this.frames, unstamped: this.unstamped, broken: this.broken };
  }

  private isBounded(...stamps: readonly [number, number, number, number]): boolean {
    if (stamps[1] === 0 || stamps[2] === 0) {
      this.unstamped += 1;
      return false;
    }
    let holds = true;
    this.broken.forEach((step, i) => {
      const backNs = stamps[i]! - stamps[i + 1]!;
      if (backNs <= CLOCK_BOUND_NS) return;
      step.frames += 1;
      step.worstNs = Math.max(step.worstNs, backNs);
      holds = false;
    });
    return holds;
  }
}

/** What is wrong with the stamps that all drivers have seen, each in a sentence; none where all may be believed. */
export function stampFaults(findings: readonly StampFindings[]): readonly string[] {
  const all = formatCount(findings.reduce((sum, { frames }) => sum + frames, 0));
  const unstamped = findings.reduce((sum, finding) => sum + finding.unstamped, 0);
  const missing = unstamped === 0 ? [] : [`${formatCount(unstamped)} of ${all} frames came without the stamps of their server`];
  const broken = STEPS.flatMap((step, i) => {
    const frames = findings.reduce((sum, finding) => sum + finding.broken[i]!.frames, 0);
    const worstNs = Math.max(0, ...findings.map((finding) => finding.broken[i]!.worstNs));
    if (frames === 0) return [];
    return [
      `${formatCount(frames)} of ${all} frames have stamps that cannot be: ${step} goes back in time, by up to ${formatUs(worstNs / NS_PER_US)}`,
    ];
  });
  return [...missing, ...broken];
}
