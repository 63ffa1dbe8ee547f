import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { CapacityPlan } from '../studies/capacity/search-plan.ts';
import { defaultProfile, PROFILE_NAMES, PROFILES, type ProfileName } from '../studies/capacity/profile.ts';
import { usageError } from '../model/errors.ts';
import { DEFAULT_LIMITS, parseLimit, type Limit } from '../result/limits.ts';
import { parseParameter, type NumberSpec } from '../model/parameters.ts';
import { formatPerSecond } from '../model/units.ts';
import { setting, withOrigin } from './settings.ts';
import { readTimeBudgetMs } from './time-budget.ts';
import { suggest, unknownName } from './suggest.ts';

/** What is asked of rates. */
export interface SearchOptions {
  readonly slo: string;
  readonly profile?: string;
  readonly rateStart?: string;
  readonly rateMin?: string;
  readonly rateMax: string;
  readonly ignoreIsolated?: boolean;
}

export interface CapacityCommandOptions extends SearchOptions {
  readonly timeBudget?: string;
  readonly resume?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** A trial in which a group gets fewer messages tells nothing. */
const MIN_PER_SECOND = 1;
/** A rate of 0 is none. */
const LOWEST_PER_SECOND = 0.001;

/** A search reaches so far below the rate that a scenario suggests. */
const BELOW_SUGGESTED = 100;

/** The flags of `addSearchOptions`. */
export const SEARCH_FLAGS: readonly string[] = ['slo', 'profile', 'rate-start', 'rate-min', 'rate-max', 'ignore-isolated'];

/** Adds the options that say which rates are tried, and what they have to keep. A default rate of 0 stands for one that the scenario suggests. */
export function addSearchOptions(command: Command, rate: NumberSpec): Command {
  const text = (perSecond: number): string => formatPerSecond(perSecond).replaceAll(',', '');
  const usual = (perSecond: number): { readonly default?: string } => (rate.default === 0 ? {} : { default: text(perSecond) });
  const observed = rate.default === 0 ? ' (by default from that of the workload)' : '';
  return command
    .addOption(
      setting('--slo <expressions>', 'what a rate has to keep to be sustained, as with --limit', { default: 'p99<100ms,loss<0.01%' }),
    )
    .addOption(setting('--profile <name>', 'quick or thorough; by default quick on 2 cores, where longer trials do not make it better'))
    .addOption(setting('--rate-start <rate>', `rate to begin at${observed}`, usual(rate.default)))
    .addOption(setting('--rate-min <rate>', `lowest rate to try${observed}`, usual(Math.max(rate.min, MIN_PER_SECOND))))
    .addOption(setting('--rate-max <rate>', 'highest rate to try', { default: text(rate.max) }))
    .addOption(setting('--ignore-isolated', 'deliveries that the layer cannot carry, since it does not connect processes, are not owed'));
}

/** Adds the options of a search. */
export function addCapacityOptions(command: Command, rate: NumberSpec): Command {
  return addSearchOptions(command, rate)
    .addOption(setting('--time-budget <duration>', 'end with what there is after so long'))
    .addOption(setting('--resume <folder>', 'go on from the trials of a search that was interrupted, with the same command'))
    .addOption(setting('--out <folder>', 'where results are written', { default: 'results' }))
    .addOption(setting('--json', 'print the result file'))
    .addOption(setting('--quiet', 'no progress'));
}

/** What is asked of the search. Throws usage errors. */
export function readCapacityGoal(
  command: Command,
  options: SearchOptions & Pick<CapacityCommandOptions, 'timeBudget'>,
  rate: NumberSpec,
  suggestedPerSecond: number | null,
): Pick<CapacityPlan, 'goal' | 'profile' | 'goals' | 'bounds'> {
  const slo = withOrigin(command, 'slo', () => readSlo(options.slo));
  const name = withOrigin(command, 'profile', () => readProfile(options.profile));
  const timeBudgetMs = withOrigin(command, 'timeBudget', () => readTimeBudgetMs(options.timeBudget));
  const timeBudgetSeconds = timeBudgetMs === null ? null : timeBudgetMs / 1000;
  // A default rate of 0 is none: then the options have no defaults, and the scenario's suggestion takes their place.
  const read = (option: 'rateStart' | 'rateMin' | 'rateMax', flag: string, usual: number): number => {
    const text = options[option];
    if (text === undefined) return usual;
    return withOrigin(command, option, () => Number(parseParameter({ ...rate, min: rate.min || LOWEST_PER_SECOND, flag }, text)));
  };
  const bounds = {
    startPerSecond: read('rateStart', 'rate-start', suggestedPerSecond ?? MIN_PER_SECOND),
    minPerSecond: read('rateMin', 'rate-min', suggestedPerSecond === null ? MIN_PER_SECOND : suggestedPerSecond / BELOW_SUGGESTED),
    maxPerSecond: read('rateMax', 'rate-max', rate.max),
  };
  if (bounds.minPerSecond > bounds.startPerSecond || bounds.startPerSecond > bounds.maxPerSecond)
    throw usageError('--rate-start is not between --rate-min and --rate-max', 'Leave out one of them, or choose a rate in between.');
  const { warmupSeconds: _, ...profile } = PROFILES[name];
  const ignoreIsolated = options.ignoreIsolated === true;
  return {
    goal: { slo: slo.map(({ expression }) => expression), ignoreIsolated, profile: name, ...profile, timeBudgetSeconds },
    profile: PROFILES[name],
    goals: { goals: [...slo, ...DEFAULT_LIMITS], ignoreIsolated },
    bounds,
  };
}

function readSlo(text: string): readonly Limit[] {
  return text.split(',').map((part) => parseLimit(part, suggest));
}

function readProfile(text: string | undefined): ProfileName {
  if (text === undefined) return defaultProfile(availableParallelism());
  const known = PROFILE_NAMES.find((name) => name === text);
  if (known === undefined) throw unknownName('profile', text, PROFILE_NAMES);
  return known;
}
