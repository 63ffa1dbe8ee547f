import { systemCpuSeconds } from '../capacity/cost.ts';
import type { CapacityBound, CapacityPoint, CapacityResult } from '../../result/capacity-result.ts';
import type { Candidate, Demand, Deployment, DeploymentOutcome } from '../../result/deployment-result.ts';
import { settingsOf } from './settings.ts';
import { olderDefinition } from '../../result/definitions.ts';
import { canonicalName } from '../comparison/gates.ts';
import { parseLimit, type Limit } from '../../result/limits.ts';
import { throughputAt } from '../../stats/usl.ts';
import { formatNumber, formatPerSecond } from '../../model/units.ts';
import type { WorkloadProfile } from '../../model/workload.ts';
import { workloadDemand, type WorkloadGroup, type WorkloadScaling } from '../../model/workload-demand.ts';

/*
 * From capacities that were measured to what to deploy. Only what was measured is recommended: the scalability law says
 * at most what to measure next.
 */

/** A capacity result, and the file that it is in. */
export interface MeasuredCapacity {
  readonly path: string;
  readonly result: CapacityResult;
}

export interface DeploymentChoice {
  readonly outcome: DeploymentOutcome;
  readonly answer: Deployment | null;
  readonly candidates: readonly Candidate[];
  readonly warnings: readonly string[];
}

/** Groups so many times larger or smaller than those that were measured cost another sum for each delivery. */
const MOST_GROUP_RATIO = 2;
const ISOLATED = 'the layer does not connect processes';
const UNCONFIRMED = 'what it carries was not confirmed by a soak';
/** The rate that is tried for a demand lies above it by up to so much: a margin, and a step of the search. */
const TRIED_ABOVE = 1.06;

interface Measured {
  readonly candidate: Candidate;
  readonly point: CapacityPoint;
  readonly result: CapacityResult;
}

/** What connections in groups demand. Throws nothing: the last group may have fewer members. */
export function demandOf(asked: Pick<Demand, 'connections' | 'groupSize' | 'ratePerSecond' | 'slo' | 'headroom'>): Demand {
  const { connections, groupSize, ratePerSecond } = asked;
  const groups = Math.ceil(connections / groupSize);
  return { ...asked, groups, sendsPerSecond: groups * ratePerSecond, deliveriesPerSecond: connections * ratePerSecond };
}

/** What an observed workload demands at a scale: its groups differ, so that sizes and rates of groups are means. Throws as `workloadDemand` does. */
export function demandOfWorkload(
  asked: Pick<Demand, 'slo' | 'headroom'>,
  profile: string,
  { factor, by }: Pick<WorkloadScaling, 'factor' | 'by'>,
): Demand {
  const { groups, connections, messages } = workloadDemand(JSON.parse(profile) as WorkloadProfile, { factor, by, ratePerSecond: null });
  const total = (of: (group: WorkloadGroup) => number): number => groups.reduce((sum, group) => sum + of(group), 0);
  const sendsPerSecond = total(({ perSecond }) => perSecond);
  return {
    ...asked,
    connections,
    groups: groups.length,
    groupSize: total(({ members }) => members) / groups.length,
    ratePerSecond: sendsPerSecond / groups.length,
    sendsPerSecond,
    deliveriesPerSecond: total(({ members, perSecond }) => members * perSecond),
    workload: { profile, scale: factor, scaleBy: by, messageBytes: messages.mean },
  };
}

/** The scenario whose groups and rates a demand is told in. */
export function scenarioOf({ workload }: Pick<Demand, 'workload'>): 'fanout' | 'observed' {
  return workload === undefined ? 'fanout' : 'observed';
}

/**
 * The smallest number of processes that carried the demand with its headroom, and of those the layer that costs the
 * least CPU; with what every other measured configuration lacks.
 */
export function chooseDeployment(demand: Demand, capacities: readonly MeasuredCapacity[]): DeploymentChoice {
  const measured = capacities.flatMap(({ path, result }) =>
    result.points.map((point): Measured => ({ point, result, candidate: candidateOf(demand, point, result, path) })),
  );
  const candidates = measured.map(({ candidate }) => candidate);
  const [best] = measured.filter(({ candidate }) => candidate.objections.length === 0).toSorted(byCost);
  const limits = [
    ...machineWarning(capacities),
    ...nodeWarning(candidates, best?.candidate ?? null),
    ...unfinishedWarning(capacities),
    ...olderWarning(capacities),
  ];
  if (best === undefined) {
    const outcome = candidates.length > 0 && candidates.every(({ cannot }) => cannot) ? 'cannot' : 'unconfirmed';
    return {
      outcome,
      answer: null,
      candidates,
      warnings: [...limits, ...tooFewMeasurements(candidates), ...nextToMeasure(demand, capacities)],
    };
  }
  const { candidate, point, result } = best;
  const { settings, warnings } = settingsOf(demand, point, result, candidate);
  return {
    outcome: 'answered',
    answer: { candidate, settings, breaksFirst: breaksFirst(demand, point) },
    candidates,
    warnings: [...limits, ...warnings],
  };
}

/** Of as many processes, the one that costs less; one whose cost is not known comes last. */
function byCost(a: Measured, b: Measured): number {
  const [cpuOfA, cpuOfB] = [systemCpuSeconds(a.point), systemCpuSeconds(b.point)];
  const byCpu = cpuOfA === null || cpuOfB === null ? Number(cpuOfA === null) - Number(cpuOfB === null) : cpuOfA - cpuOfB;
  return a.point.server.processes - b.point.server.processes || byCpu;
}

function candidateOf(demand: Demand, point: CapacityPoint, result: CapacityResult, source: string): Candidate {
  const { name, layer, server } = point;
  const carried = carriedBy(point);
  const delivered = carried === null ? null : Math.min(carried.deliveredPerSecond, ...replicatesOf(point));
  const objections = objectionsTo(demand, point, result, delivered);
  return {
    name,
    source,
    sourceRunId: result.run.id,
    layer,
    server,
    deliveredPerSecond: delivered,
    marginRatio: delivered === null ? null : delivered / demand.deliveriesPerSecond,
    objections: objections.map(({ text }) => text),
    cannot: objections.some(({ cannot }) => cannot),
  };
}

/**
 * What the point carries: its lower end; or, where no soak has confirmed that, the rate below it that a soak was sustained at. A search
 * that confirms the demand and then ends on its way up has confirmed the demand.
 */
function carriedBy({ lower, soak }: CapacityPoint): Pick<CapacityBound, 'deliveredPerSecond' | 'confirmed'> | null {
  if (lower === null || lower.confirmed || soak?.verdict !== 'ok' || soak.ratePerSecond > lower.ratePerSecond) return lower;
  return { deliveredPerSecond: (lower.deliveredPerSecond * soak.ratePerSecond) / lower.ratePerSecond, confirmed: true };
}

/** What each search of the point carried for sure: the smallest of them counts. */
function replicatesOf({ searches }: CapacityPoint): readonly number[] {
  return searches.flatMap(({ lower }) => (lower === null ? [] : [lower.deliveredPerSecond]));
}

/** Why a configuration cannot be relied on, and whether that was measured: more of the same measurement finds nothing else. */
interface Objection {
  readonly text: string;
  readonly cannot: boolean;
}

function objectionsTo(demand: Demand, point: CapacityPoint, result: CapacityResult, delivered: number | null): readonly Objection[] {
  const open = (text: string): Objection => ({ text, cannot: false });
  const { scenario } = result;
  const wantedScenario = scenarioOf(demand);
  if (scenario.name !== wantedScenario)
    return [open(`measured with ${scenario.name}, not with groups as they are asked for (${wantedScenario})`)];
  if (point.answer === 'isolated') return [{ text: ISOLATED, cannot: true }];
  if (point.answer === 'unknown') return [open(isCutShort(point) ? 'not measured: the time was over' : 'nothing valid was measured')];
  const incomparable = measuredOtherwise(demand, result);
  const cannot = incomparable.length === 0 && wasMissed(demand, point, result);
  const carried = carriedBy(point);
  if (delivered === null || carried === null) return [{ text: 'no rate was carried', cannot }, ...incomparable.map(open)];
  const wanted = demand.headroom * demand.deliveriesPerSecond;
  const carries = `carries ${formatPerSecond(Math.round(delivered))}, ${formatNumber(delivered / demand.deliveriesPerSecond)} × the demand`;
  return [
    ...(carried.confirmed ? [] : [open(UNCONFIRMED)]),
    // Without a goal about loss it may well have been measured.
    ...(point.server.processes > 1 && point.layer.scope === 'process' ? [{ text: ISOLATED, cannot: true }] : []),
    ...incomparable.map(open),
    ...(delivered < wanted ? [{ text: carries, cannot }] : []),
  ];
}

/** What makes a measurement say little about a demand: other groups, or goals that are less strict. */
function measuredOtherwise(demand: Demand, { scenario, goal }: CapacityResult): readonly string[] {
  const { slo } = demand;
  const uncovered = slo.filter((expression) => !isCovered(parseLimit(expression), goal.slo));
  return [...otherGroups(demand, scenario.parameters), ...(uncovered.length > 0 ? [`measured without ${uncovered.join(', ')}`] : [])];
}

/** Groups that are not those of the demand. */
function otherGroups({ groupSize, workload }: Demand, parameters: CapacityResult['scenario']['parameters']): readonly string[] {
  if (workload === undefined) {
    const members = Number(parameters['members']);
    return Math.max(members / groupSize, groupSize / members) > MOST_GROUP_RATIO ? [`measured with groups of ${members}`] : [];
  }
  const { profile, scale, scaleBy } = workload;
  if (parameters['workload'] !== profile) return ['measured with another workload'];
  const isSame = parameters['scale'] === scale && (scale === 1 || parameters['scaleBy'] === scaleBy);
  return isSame ? [] : [`measured at ${String(parameters['scale'])} × the ${String(parameters['scaleBy'])}`];
}

/** Deliveries of a message to each group, which is what a rate of the scenario sends. */
function deliveriesPerRate({ workload, deliveriesPerSecond, ratePerSecond }: Demand, { scenario: { parameters } }: CapacityResult): number {
  if (workload !== undefined) return deliveriesPerSecond / ratePerSecond;
  return Number(parameters['members']) * Number(parameters['groups'] ?? 1);
}

/** Whether a rate failed for sure that is no higher than the demand with its headroom. */
function wasMissed(demand: Demand, { upper, searches }: CapacityPoint, result: CapacityResult): boolean {
  const { headroom, deliveriesPerSecond } = demand;
  const mostPerSecond = (TRIED_ABOVE * headroom * deliveriesPerSecond) / deliveriesPerRate(demand, result);
  const bounds = [upper, ...searches.map((search) => search.upper)];
  return bounds.some((bound) => bound !== null && bound.confirmed && bound.ratePerSecond <= mostPerSecond);
}

/** Whether a capacity was found under a goal at least as strict as a limit. */
function isCovered({ metric, operator, bound }: Limit, goals: readonly string[]): boolean {
  return goals
    .map((expression) => parseLimit(expression))
    .some((goal) => {
      if (canonicalName(goal.metric) !== canonicalName(metric)) return false;
      if (operator === '==') return goal.operator === '==' && goal.bound === bound;
      return operator.startsWith('<') ? goal.operator !== '>' && goal.operator !== '>=' && goal.bound <= bound : goal.bound >= bound;
    });
}

function breaksFirst(demand: Demand, { limitedBy, lower }: CapacityPoint): string {
  const from = formatPerSecond(Math.round(lower!.deliveredPerSecond));
  const times = formatNumber(lower!.deliveredPerSecond / demand.deliveriesPerSecond, 2);
  if (limitedBy === null) return `nothing gave out up to ${from} delivered, ${times} × the demand`;
  return `${limitedBy.detail}, beyond ${from} delivered: ${times} × the demand of ${formatPerSecond(demand.deliveriesPerSecond)}`;
}

/** What lacks nothing but a soak. */
function tooFewMeasurements(candidates: readonly Candidate[]): readonly string[] {
  const open = candidates.filter(({ objections }) => objections.length === 1 && objections[0] === UNCONFIRMED).map(({ name }) => name);
  if (open.length === 0) return [];
  return [`the evidence is too thin: ${open.join(', ')} would do, but no soak has confirmed it; measure with a longer --time-budget`];
}

/** What the law says of more processes than were measured, as far as it may be asked. */
function nextToMeasure(demand: Demand, capacities: readonly MeasuredCapacity[]): readonly string[] {
  const wanted = demand.headroom * demand.deliveriesPerSecond;
  return capacities.flatMap(({ result: { scalability } }) =>
    scalability.flatMap(({ layer, server, lambda, sigma, kappa, validToProcesses }) => {
      const law = { lambda: lambda.value, sigma: sigma.value, kappa: kappa.value };
      const counts = Array.from({ length: validToProcesses }, (_, i) => i + 1);
      const enough = counts.find((processes) => throughputAt(law, processes) >= wanted);
      if (enough === undefined) return [];
      return [
        `by the scalability law ${layer} under ${server} may carry it with ${enough} processes, which were not measured: try --processes ${enough}`,
      ];
    }),
  );
}

/** Whether a search of the point ended before it had its answer, for want of time. */
function isCutShort({ searches }: CapacityPoint): boolean {
  return searches.some(({ end }) => end === 'timeBudget' || end === 'interrupted');
}

/** How far the time reached decides what there is to choose from. */
function unfinishedWarning(capacities: readonly MeasuredCapacity[]): readonly string[] {
  const cut = capacities.flatMap(({ result }) => result.points).filter(isCutShort);
  const named = (isOne: (point: CapacityPoint) => boolean): string =>
    cut
      .filter(isOne)
      .map(({ name }) => name)
      .join(', ');
  const [missing, partial] = [named(({ answer }) => answer === 'unknown'), named(({ answer }) => answer !== 'unknown')];
  const interrupted = capacities.filter(({ result: { run } }) => run.state === 'interrupted').map(({ path }) => path);
  const parts = [
    ...(missing === '' ? [] : [`${missing} could not be measured`]),
    ...(partial === '' ? [] : [`the search of ${partial} did not end`]),
    ...(interrupted.length === 0 ? [] : [`${interrupted.join(', ')} was interrupted, and what it did not begin is missing`]),
  ];
  if (parts.length === 0) return [];
  return [`this plan rests on what the time was enough for: ${parts.join('; ')}. A longer --time-budget may find another answer`];
}

/** Bounds of before may tell more than was carried. */
function olderWarning(capacities: readonly MeasuredCapacity[]): readonly string[] {
  const older = capacities.filter(({ result }) =>
    result.points.some(({ lower }) => lower !== null && olderDefinition({ throughput: lower }, 'delivered') !== null),
  );
  if (older.length === 0) return [];
  return [
    `${older.map(({ path }) => path).join(', ')} has its deliveries per second of the phase, as they were counted before: what a drain worked off is in them. Measure again before you rely on this plan`,
  ];
}

/** What is deployed is Daphne, and bench's own servers cost less. */
function nodeWarning(candidates: readonly Candidate[], answer: Candidate | null): readonly string[] {
  const measured = answer === null ? candidates : [answer];
  if (!measured.some(({ server }) => server.kind.includes('node'))) return [];
  return [
    "measured with bench's own Node servers: Daphne, which the configuration of a portal starts, takes more CPU for the same deliveries. Measure with --server daphne before you rely on this plan",
  ];
}

/** Capacities are those of the machine that they were measured on. */
function machineWarning(capacities: readonly MeasuredCapacity[]): readonly string[] {
  const machines = new Set(capacities.flatMap(({ result: { environment } }) => (environment === null ? [] : [environment.fingerprint])));
  if (machines.size > 1) return ['the capacities are of several kinds of machines: the answer is for the one that it was measured on'];
  const host = capacities.find(({ result }) => result.environment !== null)?.result.environment?.host;
  return host === undefined
    ? []
    : [
        `measured on ${host.cpuModel} with ${host.cores} cores, which clients, servers and Redis shared: another machine carries another load`,
      ];
}
