import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../scenarios/registry.ts';
import { sampleRequest } from '../../test/sample-request.ts';
import { builtInLayer } from '../model/chosen-layer.ts';
import { defaultValues } from '../model/parameters.ts';
import { planOf } from '../model/scenario.ts';
import type { RunRequest } from '../result/request.ts';
import { mayFollow } from './succession.ts';

type Own = Readonly<Record<string, number | string>>;

function fanout(own: Own = {}, rest: Partial<RunRequest> = {}): RunRequest {
  const parameters = { ...defaultValues(SCENARIOS.fanout.parameters), ...own };
  const scenario = { name: 'fanout', parameters };
  return { ...sampleRequest(SCENARIOS.fanout), scenario, plan: planOf(SCENARIOS.fanout, parameters, { processes: 2 }), ...rest };
}

describe('a run over the processes of the one before', () => {
  it.each([
    ['another rate', fanout({ ratePerSecond: 7 })],
    ['another duration', fanout({ durationMs: 700, warmupMs: 0 })],
    ['other arrivals', fanout({ arrivals: 'poisson' })],
    ['another seed, other tags and limits', fanout({}, { seed: 5, tags: { trial: '2' }, command: 'bench' })],
  ])('may have %s', (_, next) => {
    expect(mayFollow(fanout(), next)).toBe(true);
  });

  it.each([
    ['more members', fanout({ members: 33 })],
    ['another payload', fanout({ payloadBytes: 999 })],
    ['another layer', fanout({}, { layer: builtInLayer('redis', ['capacity=7']) })],
    ['more processes', { ...fanout(), plan: planOf(SCENARIOS.fanout, fanout().scenario.parameters, { processes: 3 }) }],
    ['more drivers', fanout({}, { drivers: 2 })],
    ['another scenario', { ...fanout(), scenario: { ...fanout().scenario, name: 'burst' } }],
  ] as readonly (readonly [string, RunRequest])[])('has not %s', (_, next) => {
    expect(mayFollow(fanout(), next)).toBe(false);
  });

  it('comes after no run that leaves something broken or away', () => {
    const broken = {
      ...fanout(),
      plan: { ...fanout().plan, faults: [{ kind: 'pauseRedis', atMs: 1, forMs: 1 }] },
    } as unknown as RunRequest;
    expect(mayFollow(broken, broken)).toBe(false);
    const churn = sampleRequest(SCENARIOS.churn);
    expect(churn.plan.sockets.some(({ absences = [] }) => absences.length > 0)).toBe(true);
    expect(mayFollow(churn, churn)).toBe(false);
  });
});
