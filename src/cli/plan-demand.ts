import type { Command } from 'commander';
import { SCENARIOS } from '../../scenarios/registry.ts';
import { usageError, type BenchError } from '../model/errors.ts';
import type { ParameterSpecs } from '../model/parameters.ts';
import { parseRatePerSecond } from '../model/units.ts';
import type { WorkloadScaleBy } from '../model/workload-demand.ts';
import type { Demand } from '../result/deployment-result.ts';
import { parseLimit } from '../result/limits.ts';
import { demandOf, demandOfWorkload } from '../studies/deployment/deployment.ts';
import { countOption, readCount } from './count-option.ts';
import { addParameterOptions, readParameters } from './run-options.ts';
import { isGiven, setting, withOrigin } from './settings.ts';
import { suggest } from './suggest.ts';

/* What a plan is for: three numbers, or a workload that was observed. */

const CONNECTIONS = countOption('connections', 1, 10_000_000, 1, 'WebSockets of the whole deployment');
const GROUP_SIZE = countOption('group-size', 1, 200_000, 1, 'connections in each group');
const MAX_HEADROOM = 20;

const { workload, scale, scaleBy } = SCENARIOS.observed.parameters as Record<'workload' | 'scale' | 'scaleBy', ParameterSpecs[string]>;
/** Those of the scenario `observed`. */
const OF_WORKLOAD: ParameterSpecs = { workload, scale, scaleBy };

interface Raw {
  readonly connections?: string;
  readonly groupSize?: string;
  readonly rate?: string;
  readonly workload?: string;
  readonly slo: string;
  readonly headroom: string;
}

/** Adds the options that say what a plan is for. */
export function addDemandOptions(command: Command): Command {
  command
    .addOption(setting('--connections <count>', CONNECTIONS.help))
    .addOption(setting('--group-size <count>', GROUP_SIZE.help))
    .addOption(setting('--rate <rate>', 'messages to each group, not to all together, such as 2/s'));
  return addParameterOptions(command, OF_WORKLOAD)
    .addOption(setting('--slo <expressions>', 'what has to be kept, as with --limit', { default: 'p99<100ms,loss<0.01%' }))
    .addOption(setting('--headroom <times>', 'how many times the demand a configuration must have carried', { default: '1.5' }));
}

/** The demand of a command line. Throws usage errors. */
export async function readDemand(command: Command): Promise<Demand> {
  const raw: Raw = command.opts();
  const goal = {
    slo: withOrigin(command, 'slo', () => raw.slo.split(',').map((part) => parseLimit(part, suggest).expression)),
    headroom: withOrigin(command, 'headroom', () => readHeadroom(raw.headroom)),
  };
  if (raw.workload !== undefined) return readWorkloadDemand(command, goal);
  for (const name of ['scale', 'scaleBy'] as const)
    if (isGiven(command, name))
      throw usageError(
        `--${OF_WORKLOAD[name]!.flag} is of a workload, and there is none`,
        'Add --workload observed.json, or leave it out.',
      );
  const { connections, groupSize, rate } = raw;
  if (connections === undefined || groupSize === undefined || rate === undefined)
    throw missingDemand({ connections, 'group-size': groupSize, rate });
  const demand = demandOf({
    connections: withOrigin(command, 'connections', () => readCount(CONNECTIONS, connections)),
    groupSize: withOrigin(command, 'groupSize', () => readCount(GROUP_SIZE, groupSize)),
    ratePerSecond: withOrigin(command, 'rate', () => readRate(rate)),
    ...goal,
  });
  if (demand.groupSize <= demand.connections) return demand;
  throw usageError(
    `--group-size ${demand.groupSize} is more than --connections ${demand.connections}`,
    'A group has at most all connections.',
  );
}

async function readWorkloadDemand(command: Command, goal: Pick<Demand, 'slo' | 'headroom'>): Promise<Demand> {
  for (const [name, flag] of [
    ['connections', 'connections'],
    ['groupSize', 'group-size'],
    ['rate', 'rate'],
  ] as const)
    if (isGiven(command, name)) throw usageError(`--workload has the whole demand, and --${flag} a part of one`, 'Leave out one of them.');
  const values = await readParameters(command, OF_WORKLOAD, command.opts());
  return demandOfWorkload(goal, String(values['workload']), { factor: Number(values['scale']), by: values['scaleBy'] as WorkloadScaleBy });
}

function missingDemand(parts: Readonly<Record<string, string | undefined>>): BenchError {
  const missing = Object.keys(parts).filter((flag) => parts[flag] === undefined);
  return usageError(
    `a plan is for a demand, and it lacks ${missing.map((flag) => `--${flag}`).join(' and ')}`,
    "Say it as `--connections 5000 --group-size 50 --rate 2/s --slo 'p99<100ms'`, or name a profile: `--workload observed.json`.",
  );
}

function readRate(text: string): number {
  const rate = parseRatePerSecond(text);
  if (rate > 0) return rate;
  throw usageError(`--rate '${text}' is no rate`, 'Write it as --rate 2/s.');
}

function readHeadroom(text: string): number {
  const headroom = Number(text);
  if (headroom >= 1 && headroom <= MAX_HEADROOM) return headroom;
  throw usageError(
    `--headroom '${text}' is no number from 1 to ${MAX_HEADROOM}`,
    'Write it as --headroom 1.5: half as much again as is demanded.',
  );
}
