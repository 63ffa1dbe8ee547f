import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../scenarios/registry.ts';
import { builtInLayer } from '../../src/model/chosen-layer.ts';
import { defaultValues } from '../../src/model/parameters.ts';
import { planOf } from '../../src/model/scenario.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import type { runOnce as RunOnce } from '../../src/run/run.ts';
import { BENCH } from '../bench-process.ts';
import { sampleRequest } from '../sample-request.ts';

const { runOnce } = (await import(/* @vite-ignore */ join(BENCH, '../../run/run.js'))) as { readonly runOnce: typeof RunOnce };

describe('a run that goes on', () => {
  it('has saved what it knows: an account to the unit of what was due by then, which the result replaces', async () => {
    const parameters = { ...defaultValues(SCENARIOS.fanout.parameters), members: 10, ratePerSecond: 100, durationMs: 6000, warmupMs: 0 };
    const plan = planOf(SCENARIOS.fanout, parameters, { processes: 2 });
    const request = { ...sampleRequest(SCENARIOS.fanout), plan, layer: builtInLayer('memory', []) };
    const known: RunResult[] = [];
    const result = await runOnce(request, {
      stop: new AbortController().signal,
      onEvent: () => undefined,
      // A busy machine has time to deliver before the first of them, and to make it before the end.
      interim: { everyMs: 500, settleMs: 2500, save: async (interim) => void known.push(interim) },
      save: async (whole) => whole,
    });
    expect(known.length).toBeGreaterThan(0);
    const publishers = plan.publishers.length;
    for (const [i, { run, ledger, validity, warnings }] of known.entries()) {
      expect(run).toMatchObject({ id: result.run.id, startedAt: result.run.startedAt, state: 'partial' });
      expect(run.durationSeconds % 0.5).toBe(0);
      expect(ledger, `interim ${i}`).toMatchObject({ balanced: true, expected: ledger.delivered + ledger.lostTotal + ledger.inFlight });
      expect(ledger.expected).toBeLessThanOrEqual(Math.ceil(100 * run.durationSeconds) * 10 * publishers);
      expect(ledger.lost).toMatchObject({ isolated: ledger.lostTotal, unexplained: 0 });
      expect(ledger.lostTotal).toBeGreaterThan(0);
      expect(validity.reasons.filter((reason) => !/the run went on|offered|pacer lag/.test(reason))).toEqual([]);
      expect(warnings.map(({ code }) => code)).not.toContain('strangeEvidence');
    }
    expect(result.run.state).toBe('completed');
    expect(result.ledger).toMatchObject({ balanced: true, expected: result.ledger.delivered + result.ledger.lostTotal });
  });
});
