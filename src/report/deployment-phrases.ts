import { USUAL_SERVER } from '../model/servers.ts';
import type { Candidate, Demand, Deployment, DeploymentPlan, Setting } from '../result/deployment-result.ts';
import { counted, formatBytes, formatCount, formatNumber, formatPerSecond } from '../model/units.ts';

/* What plans say in words: the same for a terminal, a page and a machine that shows texts to people. */

export const SETTING_LABELS: Readonly<Record<Setting['name'], string>> = {
  layer: 'layer',
  processes: 'processes',
  capacity: 'capacity',
  expiry: 'expiry',
  redisShards: 'Redis shards',
  redisMemory: 'Redis memory',
  serverMemory: 'server memory',
};

/** `5,000 connections in 100 groups of 50, each with 2/s`. */
export function demandText({ connections, groups, groupSize, ratePerSecond, workload }: Demand): string {
  if (workload !== undefined) {
    const { scale, scaleBy } = workload;
    const times = scale === 1 ? 'as observed' : `${formatNumber(scale)} × the observed ${scaleBy}`;
    return `${counted(connections, 'connection')} in ${counted(groups, 'group')} of ${formatNumber(groupSize)} on average, with ${formatPerSecond(ratePerSecond)} each on average (${times})`;
  }
  return `${counted(connections, 'connection')} in ${counted(groups, 'group')} of ${formatCount(groupSize)}, each with ${formatPerSecond(ratePerSecond)}`;
}

/** As it was asked for: `1.5 ×`, `2.05 ×`. */
function headroomText(headroom: number): string {
  return `${formatNumber(headroom, 4)} ×`;
}

/** Why there is no answer: that everything was measured and cannot do it is another thing than that nothing is sure to. */
export function noAnswerText({ outcome, demand }: DeploymentPlan): string {
  return outcome === 'cannot'
    ? 'no configuration that was measured can do it'
    : `not confirmed: no configuration is known to carry ${headroomText(demand.headroom)} the demand, and none of the open ones is known not to`;
}

/** The answer in a sentence, or that there is none. `layerName` is what a reader calls its layer. */
export function planSentence({ demand, answer, outcome }: DeploymentPlan, layerName: string): string {
  const { deliveriesPerSecond, headroom, slo } = demand;
  const asked = `the ${formatPerSecond(deliveriesPerSecond)} of deliveries of ${demandText(demand)}, within ${slo.join(', ')}`;
  if (answer === null)
    return outcome === 'cannot'
      ? `Nothing that was measured can carry ${headroomText(headroom)} ${asked}.`
      : `Not confirmed: nothing that was measured is sure to carry ${headroomText(headroom)} ${asked}.`;
  const { server, marginRatio } = answer.candidate;
  const kind = server.kind === USUAL_SERVER ? '' : ` of ${server.kind}`;
  return `${layerName} with ${counted(server.processes, 'process', 'processes')}${kind} carries ${timesText(marginRatio)} ${asked}.`;
}

/** The value of a setting with its unit. */
export function settingText({ name, value }: Setting): string {
  if (typeof value === 'string') return value;
  if (name === 'expiry') return `${formatCount(value)} s`;
  return name === 'redisMemory' || name === 'serverMemory' ? formatBytes(value) : formatCount(value);
}

/** `2 ×`; `–` where there is none. */
export function timesText(ratio: number | null): string {
  return ratio === null ? '–' : `${formatNumber(ratio, 2)} ×`;
}

/** What a configuration carries: `20,000/s`. */
export function carriedText({ deliveredPerSecond }: Candidate): string {
  return deliveredPerSecond === null ? '–' : formatPerSecond(Math.round(deliveredPerSecond));
}

/** Why a configuration is not the answer. */
export function objectionText({ objections }: Candidate): string {
  return objections.length === 0 ? 'would do, and takes more' : objections.join('; ');
}

/** Whether a configuration is what the plan answers. */
export function isAnswer({ name, source }: Candidate, answer: Deployment | null): boolean {
  return name === answer?.candidate.name && source === answer.candidate.source;
}

/** What else was looked at than the answer. */
export function otherCandidates({ answer, candidates }: DeploymentPlan): readonly Candidate[] {
  return candidates.filter((candidate) => !isAnswer(candidate, answer));
}
