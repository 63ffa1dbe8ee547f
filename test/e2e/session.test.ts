import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../scenarios/registry.ts';
import { builtInLayer } from '../../src/model/chosen-layer.ts';
import { defaultValues } from '../../src/model/parameters.ts';
import { planOf } from '../../src/model/scenario.ts';
import type { RunRequest } from '../../src/result/request.ts';
import type { RunResult } from '../../src/result/run-result.ts';
import type { RunSession as Session } from '../../src/run/session.ts';
import { BENCH } from '../bench-process.ts';
import { sampleRequest } from '../sample-request.ts';

const { RunSession } = (await import(/* @vite-ignore */ join(BENCH, '../../run/session.js'))) as { readonly RunSession: typeof Session };

const CAPACITY = 20;
const MEMBERS = 4;
const PAUSE_MS = 400;

/** One burst to consumers that are paused: what is lost follows from the capacity of the queues alone. */
function burstOf(burstMessages: number, seed: number): RunRequest {
  const ratePerSecond = (burstMessages * 1000) / PAUSE_MS;
  const own = { members: MEMBERS, burstMessages, ratePerSecond, durationMs: PAUSE_MS, warmupMs: 0 };
  const parameters = { ...defaultValues(SCENARIOS.burst.parameters), ...own };
  const plan = planOf(SCENARIOS.burst, parameters, { processes: 2 });
  return { ...sampleRequest(SCENARIOS.burst), plan, seed, layer: builtInLayer('redis', [`capacity=${CAPACITY}`]) };
}

describe('runs that share their processes', () => {
  it('have the same account at the same rate, on fresh processes and after an overload', async () => {
    const few = CAPACITY / 2;
    const many = 10 * CAPACITY;
    const session = await RunSession.start(burstOf(few, 1), { stop: new AbortController().signal, onEvent: () => undefined });
    const results: RunResult[] = [];
    const save = async (result: RunResult): Promise<void> => void results.push(result);
    try {
      await session.measure({ save });
      for (const request of [burstOf(many, 2), burstOf(few, 1)]) {
        expect(await session.prepare(request)).toBe(true);
        await session.measure({ save });
      }
      // Another payload needs other frames, which the drivers were not made for.
      const other = burstOf(few, 1);
      expect(await session.prepare({ ...other, plan: { ...other.plan, payloadBytes: 1024 } })).toBe(false);
    } finally {
      await session.end();
    }
    const [fresh, overloaded, after] = results as [RunResult, RunResult, RunResult];
    expect(fresh.ledger).toMatchObject({ expected: few * MEMBERS, delivered: few * MEMBERS, balanced: true });
    expect(overloaded.ledger).toMatchObject({ expected: many * MEMBERS, lost: { unexplained: 0 }, balanced: true });
    expect(overloaded.ledger.lost.overCapacity).toBeGreaterThan(0);
    expect(after.ledger).toEqual(fresh.ledger);
    expect(after.intervals.map(({ sent, delivered }) => [sent, delivered])).toEqual(
      fresh.intervals.map(({ sent, delivered }) => [sent, delivered]),
    );
    // What a run is told by is its own, and what it has used is counted from its own beginning.
    expect(new Set(results.map(({ run }) => run.id)).size).toBe(3);
    expect(fresh.run.session).toBeUndefined();
    expect(after.run.session).toEqual({ id: fresh.run.id, runsBefore: 2, earlierFrames: 0 });
    expect(after.phases.map(({ name }) => name)).toEqual(['warmup', 'measure', 'drain', 'collect', 'stop']);
    expect(after.cost.redisRoundTripsPer1000Deliveries).toBeLessThan(2 * fresh.cost.redisRoundTripsPer1000Deliveries!);
  });
});
