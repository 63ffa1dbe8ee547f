import { groupBy } from '../model/group-by.ts';
import type {
  CapacityBound,
  CapacityPoint,
  CapacityResult,
  RateEstimate,
  LayerScalability,
  LimitingResource,
  TrialSummary,
  Estimate,
} from '../result/capacity-result.ts';
import type { BlockTrial, SideCapacity } from '../result/comparison-result.ts';
import { formatCount, formatNumber, formatPerSecond, formatRatio } from '../model/units.ts';
import { observedRateOf } from '../model/workload-demand.ts';

/* What capacity searches say in words: the same for a terminal, a page and a machine that shows texts to people. */

/** What gave out, in a word or two. */
export const RESOURCE_WORDS: Readonly<Record<LimitingResource['kind'], string>> = {
  serverCpu: 'server CPU',
  redisCpu: 'Redis CPU',
  proxyCpu: 'proxy CPU',
  machineCpu: 'all cores',
  generator: 'generator',
  lossByCapacity: 'loss by capacity',
  invalidTrials: 'no valid trial',
  unknown: 'unknown',
};

/** What became of a trial. */
export const TRIAL_VERDICTS: Readonly<Record<TrialSummary['verdict'], string>> = {
  ok: 'sustained',
  bad: 'not sustained',
  invalid: 'not valid',
};

/** What was tried in a block of a comparison, and whether it was sustained. */
export function trialText({ ratePerSecond, verdict, reasons }: BlockTrial): string {
  return `${formatPerSecond(ratePerSecond)} ${TRIAL_VERDICTS[verdict]}${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`;
}

/** What one side of a comparison sustains nine times in ten. */
export function sideCapacityText(capacity: SideCapacity | null): string {
  if (capacity === null) return 'unknown';
  const { nineInTen, noiseRatio } = capacity;
  const [lower, upper] = nineInTen.interval.map((rate) => formatPerSecond(rate));
  return `${formatPerSecond(nineInTen.ratePerSecond)} (${lower} … ${upper}, trials differ by ${formatRatio(Number(noiseRatio.toPrecision(2)))})`;
}

/** What is to be kept, as the end of `the highest rate with …`. */
export function goalText({ slo, ignoreIsolated }: CapacityResult['goal']): string {
  return `${slo.join(', ')}${ignoreIsolated ? ', where the layer connects at all' : ''}`;
}

/** Points of one layer and kind of server, and the law that was fitted to them; at least one. */
export interface LayerPoints {
  readonly layer: string;
  readonly server: string;
  readonly points: readonly CapacityPoint[];
  readonly law: LayerScalability | null;
}

export function pointsByLayer({ points, scalability }: CapacityResult): readonly LayerPoints[] {
  return [...groupBy(points, ({ layer, server }) => JSON.stringify([layer.name, server.kind])).values()].map((group) => {
    const [layer, server] = [group[0]!.layer.name, group[0]!.server.kind];
    return { layer, server, points: group, law: scalability.find((law) => law.layer === layer && law.server === server) ?? null };
  });
}

/** The answer as rates: `[120/s, 130/s ?]`, with a question mark where a bound was not confirmed. */
export function capacityText({ answer, lower, upper }: Pick<CapacityPoint, 'answer' | 'lower' | 'upper'>): string {
  switch (answer) {
    case 'interval':
      return `[${rateText(lower!)}, ${rateText(upper!)}]`;
    case 'atLeast':
      return `≥ ${rateText(lower!)}`;
    case 'below':
      return `below ${rateText(upper!)}`;
    case 'isolated':
      return 'no rate: isolated';
    case 'unknown':
      return 'nothing valid was measured';
  }
}

/** `120/s`; with a question mark where it was not confirmed. */
export function rateText({ ratePerSecond, confirmed }: CapacityBound): string {
  return `${formatPerSecond(ratePerSecond)}${confirmed ? '' : ' ?'}`;
}

/** Of an observed workload: which multiple of its rate is sustained. */
function timesObserved({ parameters }: CapacityResult['scenario'], { estimate, lower }: CapacityPoint): readonly string[] {
  const profile = parameters['workload'];
  const observedPerSecond = typeof profile === 'string' ? observedRateOf(profile) : null;
  const sustained = estimate?.nineInTen ?? lower;
  if (observedPerSecond === null || sustained === null) return [];
  const times = `${formatNumber(sustained.ratePerSecond / observedPerSecond, 2)} × the observed rate of ${formatPerSecond(observedPerSecond)} for each group`;
  return [estimate === undefined || estimate === null ? `at least ${times}` : times];
}

/** What the trials of a point say of how often rates are sustained; empty where none failed, or none was sustained. */
export function estimateTexts(point: CapacityPoint, { scenario }: Pick<CapacityResult, 'scenario'>): readonly string[] {
  const { estimate, soak } = point;
  const rate = ({ ratePerSecond, interval }: RateEstimate): string =>
    `${formatPerSecond(ratePerSecond)} (${formatPerSecond(interval[0])} … ${formatPerSecond(interval[1])})`;
  return [
    ...timesObserved(scenario, point),
    ...(estimate === undefined || estimate === null
      ? []
      : [
          `sustained 9 times in 10: ${rate(estimate.nineInTen)}`,
          `every second time: ${rate(estimate.half)}`,
          `trials differ by ${formatRatio(estimate.noiseRatio, { digits: 2 })}`,
        ]),
    ...(soak === undefined || soak === null
      ? []
      : [`${formatPerSecond(soak.ratePerSecond)} for ${formatCount(soak.durationSeconds)} s: ${TRIAL_VERDICTS[soak.verdict]}`]),
  ];
}

/** Why an answer is no better, where its searches were ended; empty where they were not. */
export function cutShortText(searches: CapacityPoint['searches']): string {
  if (searches.some(({ end }) => end === 'interrupted')) return ', interrupted';
  return searches.some(({ end }) => end === 'timeBudget') ? ', the time was over' : '';
}

/** The scalability law: its coefficients with their intervals, and its knee where it has one. */
export function lawEstimates({ lambda, sigma, kappa, knee }: LayerScalability): readonly string[] {
  return [
    `λ = ${coefficientText(lambda, formatPerSecond)}`,
    `σ = ${coefficientText(sigma)}`,
    `κ = ${coefficientText(kappa)}`,
    ...(knee === null
      ? []
      : [
          `knee at N = ${coefficientText(knee.processes, formatCount)}, ${coefficientText(knee.perSecond, (value) => formatPerSecond(value))} delivered`,
        ]),
  ];
}

/** The same in one sentence. */
export function lawText(law: LayerScalability): string {
  return `${lawEstimates(law).join('; ')}; valid up to N = ${law.validToProcesses}`;
}

function coefficientText({ value, interval }: Estimate, format: (value: number) => string = formatNumber): string {
  if (interval === null) return format(value);
  return `${format(value)} (${format(interval[0])} … ${interval[1] === null ? '∞' : format(interval[1])})`;
}
