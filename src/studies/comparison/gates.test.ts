import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../../test/sample-results.ts';
import { blockOf, canonicalName, defaultGateNames, gatesOf, parseMinEffects } from './gates.ts';
import { metricOf } from '../../result/metrics.ts';
import type { RunResult } from '../../result/run-result.ts';

const RUN = sampleRun({ id: 'a' });
const JOIN: RunResult['measures'][number] = { name: 'join.p50', label: 'join', unit: 'us', value: 900, direction: 'lowerIsBetter' };

describe('metrics that decide', () => {
  it('are what a user feels, what is carried, and what it costs', () => {
    expect(defaultGateNames(RUN)).toEqual(['delivered', 'response.p50', 'response.p99', 'cpu']);
  });

  it('are only those that have data', () => {
    const noCost = { ...RUN, cost: { ...RUN.cost, cpuSecondsPer1000Deliveries: null } };
    expect(defaultGateNames(noCost)).toEqual(['delivered', 'response.p50', 'response.p99']);
  });

  it('leave out the response where requests pace themselves', () => {
    const transit = { ...RUN, latency: { ...RUN.latency, transit: RUN.latency.response } };
    const selfPaced = { ...transit, warnings: [{ code: 'selfPaced' as const, message: '', remedy: '' }] };
    expect(defaultGateNames(selfPaced)).toEqual(['sent', 'transit.p50', 'transit.p99', 'cpu']);
  });

  it('are the measures of a scenario that delivers nothing', () => {
    const nothing = { ...RUN, measures: [JOIN], ledger: { ...RUN.ledger, expected: 0, delivered: 0 } };
    expect(defaultGateNames(nothing)).toEqual(['join.p50']);
  });
});

describe('the smallest changes that count', () => {
  it('are wider in the tail, and those that are given', () => {
    const gates = gatesOf(RUN, ['delivered', 'response.p99', 'cpu', 'response.p50'], parseMinEffects(['p50=7%']));
    expect(gates.map(({ minEffect }) => minEffect)).toEqual([0.05, 0.15, 0.1, 0.07]);
    expect(gates.map(({ direction }) => direction)).toEqual(['higherIsBetter', 'lowerIsBetter', 'lowerIsBetter', 'lowerIsBetter']);
  });

  it.each([
    { text: 'response.p99', message: "--min-effect 'response.p99' is not METRIC=PERCENT" },
    { text: 'response.p99=15', message: "'15'" },
    { text: 'response.p99=-1%', message: '-1%' },
  ])('are refused as $text', ({ text, message }) => {
    expect(() => parseMinEffects([text])).toThrow(message);
  });

  it('are refused for a metric that does not decide', () => {
    expect(() => gatesOf(RUN, ['cpu'], parseMinEffects(['p99=15%']))).toThrow('--min-effect is for response.p99, which does not decide');
  });
});

describe('the loss of a block', () => {
  it('is all that had not arrived, as the metric has it, and so are its events', () => {
    const run = sampleRun({ id: 'a', lost: 30 });
    const flying = { ...run, ledger: { ...run.ledger, delivered: 9870, inFlight: 100, lossEvents: 4 } };
    const place = { round: 'comparison', pair: 0, arm: 'head', position: 0 } as const;
    const { loss } = blockOf(flying, [], place);
    expect(loss).toEqual({ expected: 10_000, lost: 130, events: 4, unexplained: 0 });
    expect(metricOf(flying, 'loss')!.value).toBe(loss.lost / loss.expected);
    // Results of before count no events of what was in flight.
    const before = { ...RUN, ledger: { ...RUN.ledger, delivered: 9900, inFlight: 100, lossEvents: 0 } };
    expect(blockOf(before, [], place).loss).toMatchObject({ lost: 100, events: 1 });
  });
});

describe('names of metrics', () => {
  it('without a series are of the response', () => {
    expect(['p99', 'transit.p99', 'loss'].map(canonicalName)).toEqual(['response.p99', 'transit.p99', 'loss']);
  });

  it('that are none are refused, with those that are', () => {
    const run = { ...RUN, measures: [JOIN] };
    expect(gatesOf(run, ['join.p50'], new Map())[0]).toMatchObject({ unit: 'duration', direction: 'lowerIsBetter' });
    expect(() => gatesOf(run, ['speed'], new Map())).toThrow("unknown metric 'speed'");
  });
});
