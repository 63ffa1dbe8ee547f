import { warningsThatMean } from '../../model/warnings.ts';
import type { Block } from '../../result/comparison-result.ts';
import type { Gate } from './verdict.ts';
import { usageError } from '../../model/errors.ts';
import { CAPACITY_METRIC, HEADLINES, METRIC_KINDS, USUAL_MIN_EFFECT } from '../../model/metrics.ts';
import { metricOf, notDelivered } from '../../result/metrics.ts';
import type { RunResult } from '../../result/run-result.ts';
import { parsePercentRatio } from '../../model/units.ts';

const MAX_MEASURES = 4;

/** Metrics that decide where the user names none: those of its kind of scenario that have data. */
export function defaultGateNames(result: RunResult): readonly string[] {
  if (result.ledger.expected === 0) return result.measures.slice(0, MAX_MEASURES).map(({ name }) => name);
  const pace = warningsThatMean(result.warnings, 'selfPaced').length > 0 ? 'selfPaced' : 'scheduled';
  return HEADLINES.filter(({ judges }) => judges === pace || judges === 'all')
    .map(({ name }) => name)
    .filter((name) => metricOf(result, name)?.value != null);
}

/** What is followed of a result where the user names nothing: what decides, and loss, which always does. */
export function defaultMetricNames(result: RunResult): readonly string[] {
  return [...defaultGateNames(result), 'loss'];
}

/** The gates of the names, with the smallest effects that are given or usual. Throws a usage error for a name that the result has not. */
export function gatesOf(result: RunResult, names: readonly string[], minEffects: ReadonlyMap<string, number>): readonly Gate[] {
  checkMinEffects(names, minEffects);
  return names.map((name) => {
    const metric = metricOf(result, name);
    if (metric === null) throw unknownMetric(name, result);
    const { unit, direction } = metric;
    return { name, unit, direction, minEffect: minEffects.get(name) ?? METRIC_KINDS.get(name)?.minEffect ?? USUAL_MIN_EFFECT };
  });
}

/** Throws a usage error for the smallest effect of a metric that does not decide. */
export function checkMinEffects(names: readonly string[], minEffects: ReadonlyMap<string, number>): void {
  for (const name of minEffects.keys())
    if (!names.includes(name))
      throw usageError(
        `--min-effect is for ${name}, which does not decide`,
        `Add --metric ${name}, or choose one of: ${names.join(', ')}.`,
      );
}

function unknownMetric(name: string, result: RunResult): Error {
  if (name === CAPACITY_METRIC)
    return usageError(
      `${CAPACITY_METRIC} is no metric of a run: it takes trials at many rates`,
      `Compare two results of bench capacity, or write \`bench compare --interleave --metric ${CAPACITY_METRIC}\`.`,
    );
  const measures = result.measures.map((measure) => measure.name);
  const numbers = [...METRIC_KINDS.values()].filter(({ source: { from } }) => from !== 'latency' && from !== 'measure');
  return usageError(
    `unknown metric '${name}'`,
    `There are, of latencies: response.p50, transit.p99 and the like; and ${numbers.map((kind) => kind.name).join(', ')}${measures.length === 0 ? '' : `; of this scenario: ${measures.join(', ')}`}.`,
  );
}

/** `response.p99=15%` texts → the smallest effects that count. Throws a usage error that shows the right form. */
export function parseMinEffects(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    texts.map((text) => {
      const [, name, size] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (name === undefined || size === undefined)
        throw usageError(`--min-effect '${text}' is not METRIC=PERCENT`, 'Write it as --min-effect response.p99=15%.');
      const ratio = parsePercentRatio(size);
      if (ratio < 0) throw usageError(`--min-effect '${text}' is negative`, 'It is a change for the worse, whichever way that is.');
      return [canonicalName(name.trim()), ratio] as const;
    }),
  );
}

/** A bare `p99` is of the response latency, as in limits. */
export function canonicalName(name: string): string {
  return METRIC_KINDS.get(name)?.shortFor ?? name;
}

/** What a comparison keeps of a run. */
export function blockOf(result: RunResult, gates: readonly Gate[], place: Pick<Block, 'round' | 'pair' | 'arm' | 'position'>): Block {
  const { expected, lossEvents, lost } = result.ledger;
  const missing = notDelivered(result.ledger);
  const censored = gates.map(({ name }) => name).filter((name) => metricOf(result, name)?.censored === true);
  return {
    ...place,
    ...(result.throughput.deliverySeconds !== undefined && { deliverySeconds: result.throughput.deliverySeconds }),
    runId: result.run.id,
    startedAt: result.run.startedAt,
    values: Object.fromEntries(gates.map(({ name }) => [name, metricOf(result, name)?.value ?? null])),
    ...(censored.length > 0 && { censored }),
    // Results of before count no events of what was in flight; there was one at least.
    loss: { expected, lost: missing, events: Math.max(lossEvents, Math.min(missing, 1)), unexplained: lost.unexplained },
  };
}
