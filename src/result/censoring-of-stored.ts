import { censor, type Shortfall } from '../stats/censoring.ts';
import { shortfallOf } from '../ledger/shortfalls.ts';
import { messagesSentOf, withLowerBounds } from './limits.ts';
import type { PlacementLatency, RunResult } from './run-result.ts';
import type { Interval } from '../ledger/timeline.ts';
import type { LatencySummary } from '../stats/histogram.ts';

/**
 * Marks the lower bounds in a result of a version that did not, from its ledger, and judges its limits again.
 * What the ledger does not say of messages, placements and seconds with isolated deliveries is taken from the whole run:
 * a mark too many is still true.
 */
export function withCensoring(result: RunResult): RunResult {
  const { latency, ledger, placement, throughput, run } = result;
  const whole = shortfallOf(ledger);
  if (whole.missing <= 0 || isMarked(result)) return result;
  const owedMessages = Math.max(1, messagesSentOf(throughput, run.durationSeconds));
  // As many messages have missed a member as there are missing deliveries, at the most.
  const missedSomebody = { owed: owedMessages, missing: Math.min(owedMessages, whole.missing) };
  const reached = latency.firstDelivery === null ? 0 : latency.firstDelivery.count + latency.firstDelivery.negatives;
  const reachedNobody = ledger.lost.isolated > 0 ? whole : { owed: owedMessages, missing: Math.max(0, owedMessages - reached) };
  const marked = {
    ...latency,
    response: censor(latency.response, whole),
    transit: censor(latency.transit, whole),
    edge: censor(latency.edge, whole),
    ingress: censor(latency.ingress, reachedNobody),
    firstDelivery: censor(latency.firstDelivery, reachedNobody),
    lastDelivery: censor(latency.lastDelivery, missedSomebody),
  };
  const ofSide = ({ response, transit }: PlacementLatency): PlacementLatency => ({
    response: censor(response, whole),
    transit: censor(transit, whole),
  });
  return {
    ...result,
    latency: marked,
    placement: { sameProcess: ofSide(placement.sameProcess), crossProcess: ofSide(placement.crossProcess) },
    intervals: result.intervals.map((interval) => ofSecond(interval, ledger.lost.isolated > 0 ? whole : null)),
    limits: withLowerBounds(result.limits, { ...result, latency: marked }),
  };
}

/** Where anything is missing, the distributions of a version that marks say so. */
function isMarked({ latency }: RunResult): boolean {
  const summaries: readonly (LatencySummary | null)[] = Object.values(latency);
  return summaries.every((summary) => summary === null) || summaries.some((summary) => summary?.missingRatio !== undefined);
}

function ofSecond(interval: Interval, whole: Shortfall | null): Interval {
  const shortfall = whole ?? { owed: interval.delivered + interval.lost, missing: interval.lost };
  return { ...interval, response: censor(interval.response, shortfall), transit: censor(interval.transit, shortfall) };
}
