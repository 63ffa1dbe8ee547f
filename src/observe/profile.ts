import { WORKLOAD_FORMAT, type WorkloadMessages, type WorkloadProfile } from '../model/workload.ts';
import type { Observation } from './observation.ts';
import type { ObservedFigure } from './observed-figure.ts';

/* An observation → the profile that a run takes. Only numbers go into it: no name, host or time of day. */

/** Sizes of messages are assumed to be log-normal around their mean, with this deviation of the logarithm. */
const ASSUMED_DEVIATION = 0.8;
/** Quantiles of the standard normal distribution. */
const NORMAL: readonly (readonly [share: number, deviations: number])[] = [
  [0.01, -2.326],
  [0.25, -0.674],
  [0.5, 0],
  [0.75, 0.674],
  [0.9, 1.282],
  [0.99, 2.326],
];
const DIGITS = 3;

export function workloadOf({ layer, seconds, figures, rows, options }: Observation): WorkloadProfile {
  const groups = rows.map(({ sizes, groups: count, members, sendsPerSecond }) => ({
    sizes,
    groups: count,
    members,
    sendsPerSecond: rounded(sendsPerSecond),
    // How rates scatter among groups of a size does not show from outside.
    spread: 0,
  }));
  const messages = messagesOf(figures.messageBytes);
  return {
    format: WORKLOAD_FORMAT,
    observed: { from: ['redis'], layer, seconds: Math.round(seconds) },
    processes: figures.processes.value,
    connections: figures.connections.value,
    memberships: figures.memberships.value === null ? null : groups.reduce((sum, { members }) => sum + (members ?? 0), 0),
    groups,
    messages,
    dispersion: rounded(figures.dispersion.value),
    joinsPerSecond: rounded(figures.joinsPerSecond.value),
    leavesPerSecond: rounded(figures.leavesPerSecond.value),
    // zcount counts entries of both kinds.
    directSendsPerSecond: null,
    options,
    basis: {
      sendsPerSecond: figures.sendsPerSecond.basis,
      deliveriesPerSecond: figures.deliveriesPerSecond.basis,
      messages: messages === null ? null : 'assumed',
    },
  };
}

/** The text of a profile's file: a line for each list of numbers. */
export function profileText(profile: WorkloadProfile): string {
  return `${JSON.stringify(profile, null, 2).replaceAll(/\[[^[\]{}]*\]/g, (list) => list.replaceAll(/\s+/g, ' '))}\n`;
}

/** What `bench observe --json` prints; a figure that is not bounded above has null there. */
export function observationJson(observation: Observation, profile: WorkloadProfile | null): object {
  const { layer, seconds, servers, isInterrupted, figures, findings } = observation;
  return { observed: { layer, seconds, servers, isInterrupted }, figures, findings, profile };
}

function messagesOf({ value: mean }: ObservedFigure): WorkloadMessages | null {
  if (mean === null) return null;
  const median = mean / Math.exp(ASSUMED_DEVIATION ** 2 / 2);
  return {
    at: NORMAL.map(([share]) => share),
    bytes: NORMAL.map(([, deviations]) => Math.round(median * Math.exp(ASSUMED_DEVIATION * deviations))),
    mean: Math.round(mean),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(DIGITS));
}
