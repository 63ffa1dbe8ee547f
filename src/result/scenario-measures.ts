import { isCensored } from '../stats/censoring.ts';
import { mapFigure, unknown, type Figure } from '../model/figure.ts';
import { MEASURES, waitMeasures, type MeasureName, type Wait, type Measure } from '../model/measures.ts';
import type { Plan } from '../model/plan.ts';
import type { UnknownFigure } from './run-result.ts';
import type { Interval } from '../ledger/timeline.ts';
import type { LatencySummary } from '../stats/histogram.ts';
import { NS_PER_MS } from '../model/units.ts';

/** What the measures of a scenario are made from. */
export interface MeasureInput {
  readonly plan: Plan;
  readonly intervals: readonly Interval[];
  readonly connections: ConnectionCost;
  readonly roundTrip: LatencySummary | null;
  /** How long members took to come and go. */
  readonly steps: {
    readonly join: LatencySummary | null;
    readonly leave: LatencySummary | null;
    readonly reconnect: LatencySummary | null;
  };
  /** Messages that came out of process queues when nobody waited any more. */
  readonly popped: Figure;
  /** HTTP requests that publish, over the time from the first request to the last answer. */
  readonly requests: { readonly answered: number; readonly failed: number; readonly unanswered: number; readonly seconds: number };
  readonly visits: { readonly known: number; readonly unknown: number; readonly failed: number };
}

/** Of all server processes together. */
interface ConnectionCost {
  readonly sockets: number;
  /** Memory that came with the sockets. */
  readonly bytes: Figure;
  /** CPU time of the measure phase. */
  readonly cpuSeconds: Figure;
}

/** The measures that are known, and why others are not. */
export interface ExtraMeasures {
  readonly known: readonly Measure[];
  readonly unknown: readonly UnknownFigure[];
}

/** A measure whose value may not be known. */
interface Finding extends Omit<Measure, 'value'> {
  readonly value: number | Figure;
}

/** A step holds as long as it loses less than this, … */
const STEP_LOSS = 0.001;
/** … and its p99 is under this many times that of the first step. */
const STEP_SLOWDOWN = 5;

/** The measures that a Plan asks for, beside latency and loss. */
export function extraMeasures(input: MeasureInput): ExtraMeasures {
  const findings = findingsOf(input);
  return {
    known: findings.flatMap((finding): Measure[] => {
      const value = typeof finding.value === 'number' ? finding.value : finding.value.value;
      return value === null ? [] : [{ ...finding, value }];
    }),
    unknown: findings.flatMap(({ name, value }) =>
      typeof value === 'number' || value.reason === null ? [] : [{ figure: `measures.${name}`, reason: value.reason }],
    ),
  };
}

function findingsOf(input: MeasureInput): readonly Finding[] {
  const { measures = [] } = input.plan;
  return [
    ...(measures.includes('knee') ? knee(input.plan, input.intervals) : []),
    ...(measures.includes('connections') ? connectionCost(input.plan, input.connections) : []),
    ...(measures.includes('roundTrip') ? waited('roundTrip', input.roundTrip) : []),
    ...waited('join', input.steps.join),
    ...waited('leave', input.steps.leave),
    ...waited('reconnect', input.steps.reconnect),
    // A pop that waits in Redis when its consumers pause takes one message more than they would.
    ...(measures.includes('popped') ? [finding('poppedWhilePaused', input.popped)] : []),
    ...(input.plan.publishers.some(({ arrivals }) => arrivals.kind === 'flood') ? requests(input.requests) : []),
    ...(input.plan.visits === undefined ? [] : sessions(input.visits)),
  ];
}

interface Step {
  readonly offeredPerSecond: number;
  readonly lossRatio: number;
  readonly p99Us: number;
}

/** The last step of a ramp before one that lost messages, or became much slower. */
function knee(plan: Plan, intervals: readonly Interval[]): readonly Finding[] {
  const steps = stepsOf(plan, intervals);
  const first = steps[0];
  if (first === undefined) return [];
  const broken = steps.findIndex((step) => step.lossRatio > STEP_LOSS || step.p99Us > STEP_SLOWDOWN * first.p99Us);
  const held = broken < 0 ? steps.length : broken;
  const heldPerSecond = finding('heldPerSecond', held === 0 ? 0 : steps[held - 1]!.offeredPerSecond);
  return [{ ...heldPerSecond, label: `last step that held, of ${steps.length}: messages` }, finding('stepsHeld', held)];
}

/** The intervals of each step together. A step shorter than an interval shares its intervals with its neighbours. */
function stepsOf(plan: Plan, intervals: readonly Interval[]): readonly Step[] {
  const arrivals = plan.publishers[0]?.arrivals;
  if (arrivals?.kind !== 'ramp') return [];
  const stepMs = arrivals.stepNs / NS_PER_MS;
  return Array.from({ length: Math.round(plan.durationMs / stepMs) }, (_, step) => {
    const [fromMs, toMs] = [step * stepMs, (step + 1) * stepMs];
    const inside = intervals.filter((interval) => interval.startMs < toMs - 1 && interval.endMs > fromMs + 1);
    const sum = (key: 'offered' | 'delivered' | 'lost'): number => inside.reduce((total, interval) => total + interval[key], 0);
    const owed = sum('delivered') + sum('lost');
    const ms = inside.reduce((total, interval) => total + interval.endMs - interval.startMs, 0);
    return {
      offeredPerSecond: ms === 0 ? 0 : (sum('offered') * 1000) / ms,
      lossRatio: owed === 0 ? 0 : sum('lost') / owed,
      p99Us: Math.max(0, ...inside.map((interval) => interval.response?.p99 ?? 0)),
    };
  });
}

function connectionCost(plan: Plan, { sockets, bytes, cpuSeconds }: ConnectionCost): readonly Finding[] {
  const fell = unknown('the servers had less memory with their sockets than before');
  const isFall = bytes.value !== null && bytes.value < 0;
  return [
    finding('serverBytesPerConnection', isFall ? fell : mapFigure(bytes, (value) => value / sockets)),
    finding(
      'serverCpuUsPerConnectionSecond',
      mapFigure(cpuSeconds, (value) => (value * 1e6) / sockets / (plan.durationMs / 1000)),
    ),
  ];
}

function waited(wait: Wait, summary: LatencySummary | null): readonly Finding[] {
  if (summary === null) return [];
  return waitMeasures(wait).map(([name, statistic]) => ({
    ...finding(name, summary[statistic]),
    ...(isCensored(summary, statistic) ? { censored: true } : {}),
  }));
}

function requests({ answered, failed, unanswered, seconds }: MeasureInput['requests']): readonly Finding[] {
  return [
    finding('requestsPerSecond', seconds === 0 ? unknown('the requests took no time') : answered / seconds),
    finding('requestsFailed', failed),
    finding('requestsUnanswered', unanswered),
  ];
}

function sessions({ known, unknown: strangers, failed }: MeasureInput['visits']): readonly Finding[] {
  const total = known + strangers + failed;
  const share = total === 0 ? unknown('no page opened its WebSocket') : (strangers + failed) / total;
  return [finding('sessions', total), finding('sessionsFailed', strangers + failed), finding('sessionsFailedRatio', share)];
}

function finding(name: MeasureName, value: number | Figure): Finding {
  return { name, ...MEASURES.get(name)!, value };
}
