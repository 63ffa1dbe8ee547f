import { describe, expect, it } from 'vitest';
import { NO_LOSS } from '../model/causes.ts';
import { BenchError } from '../model/errors.ts';
import { DEFAULT_LIMITS, evaluateLimits, LIMIT_METRICS, messagesSentOf, parseLimit, sendsBeyond, type LimitData } from './limits.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LatencySummary } from '../stats/histogram.ts';

function summary(fields: Partial<LatencySummary> = {}): LatencySummary {
  return {
    unit: 'us',
    count: 1000,
    min: 100,
    mean: 900,
    p50: 800,
    p90: 2000,
    p99: 50_000,
    p999: 60_000,
    max: 70_000,
    negatives: 0,
    histogram: '',
    ...fields,
  };
}

function data(
  fields: { readonly ledger?: Partial<Ledger>; readonly response?: LatencySummary | null; readonly messagesSent?: number } = {},
): LimitData {
  const ledger: Ledger = {
    expected: 10_000,
    delivered: 9999,
    lost: { ...NO_LOSS, overCapacity: 1 },
    lostTotal: 1,
    inFlight: 0,
    uncertain: 0,
    duplicates: 2,
    reordered: 0,
    reorderExtentMax: 0,
    late: 0,
    strays: 0,
    corrupt: 0,
    lossEvents: 1,
    balanced: true,
    ...fields.ledger,
  };
  const response = fields.response === undefined ? summary() : fields.response;
  return {
    latency: {
      response,
      transit: summary({ p99: 1500 }),
      ingress: null,
      edge: null,
      pacerLag: null,
      firstDelivery: null,
      lastDelivery: null,
    },
    throughput: { offeredPerSecond: 100, sentPerSecond: 100, deliveredPerSecond: 999.9 },
    reach: { ratio: 0.9999, matrix: [[0.9999]] },
    cost: {
      cpuSecondsPer1000Deliveries: 0.08,
      redisCommandsPer1000Deliveries: null,
      redisRoundTripsPer1000Deliveries: null,
      redisBytesPer1000Deliveries: null,
    },
    health: [],
    measures: [],
    ledger,
    messagesSent: fields.messagesSent ?? 1000,
  };
}

function failure(text: string): BenchError {
  try {
    parseLimit(text);
  } catch (error) {
    if (error instanceof BenchError) return error;
    throw error;
  }
  throw new Error(`limit ${text} was accepted`);
}

describe('parseLimit', () => {
  it('reads every operator, and the bound in the unit of its metric', () => {
    expect(parseLimit('p99<50ms')).toEqual({ expression: 'p99<50ms', metric: 'p99', operator: '<', bound: 50_000 });
    expect(parseLimit(' response.p999 <= 0.2 s ')).toMatchObject({ expression: 'response.p999<=0.2s', operator: '<=', bound: 200_000 });
    expect(parseLimit('loss<0.01%')).toMatchObject({ metric: 'loss', bound: 0.0001 });
    expect(parseLimit('reach>=99.9%')).toMatchObject({ operator: '>=', bound: 0.999 });
    expect(parseLimit('delivered>10000/s')).toMatchObject({ operator: '>', bound: 10_000 });
    expect(parseLimit('redisBytes<200KiB')).toMatchObject({ metric: 'redisBytes', bound: 204_800 });
    expect(parseLimit('duplicates=0')).toMatchObject({ operator: '==', bound: 0 });
    expect(parseLimit('unexplained==0')).toMatchObject({ operator: '==', bound: 0 });
  });

  it('shows the right form for a bound without a unit', () => {
    expect(failure('p99<50')).toMatchObject({ kind: 'usage', hint: "Write it as 'p99<50ms'." });
    expect(failure('loss<0.01').hint).toBe("Write it as 'loss<0.01%'.");
    expect(failure('delivered>=10000').hint).toBe("Write it as 'delivered>=10000/s'.");
    expect(failure('redisBytes<200').hint).toBe("Write it as 'redisBytes<200KiB'.");
  });

  it('refuses what is not a limit', () => {
    for (const text of [
      '',
      'p99',
      'p99<',
      '<50ms',
      'p99!50ms',
      'p99<fast',
      'p99<50furlongs',
      'p99<-5ms',
      'loss<150%',
      'duplicates<1.5',
      'p99==50ms',
    ]) {
      expect(failure(text), text).toMatchObject({ kind: 'usage' });
    }
  });

  it('lists the metrics for an unknown one, and passes the suggestion on', () => {
    expect(failure('p95<50ms').hint).toContain('lastDelivery');
    expect(failure('p95<50ms').hint).toContain('redisBytes');
    expect(() => parseLimit('lossTotal==0', () => 'lostTotal')).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^Did you mean lostTotal\?/) as string }),
    );
    expect(LIMIT_METRICS).toContain('pacerLag.p50');
  });
});

describe('evaluateLimits', () => {
  const judge = (text: string, from: LimitData = data()): unknown => evaluateLimits([parseLimit(text)], from)[0];

  it('compares in the unit of the metric', () => {
    expect(judge('p99<50ms')).toEqual({ expression: 'p99<50ms', value: 50_000, ok: false, noData: false, weak: false });
    expect(judge('p99<=50ms')).toMatchObject({ ok: true });
    expect(judge('transit.p99<2ms')).toMatchObject({ value: 1500, ok: true });
    expect(judge('loss<0.01%')).toMatchObject({ value: 0.0001, ok: false });
    expect(judge('reach>=99%')).toMatchObject({ ok: true });
    expect(judge('delivered>=1000/s')).toMatchObject({ value: 999.9, ok: false });
    expect(judge('duplicates==2')).toMatchObject({ ok: true });
    expect(judge('overCapacity<1')).toMatchObject({ value: 1, ok: false });
  });

  it('fails a limit that has no data', () => {
    const noData = { value: null, ok: false, noData: true };
    expect(judge('p99<50ms', data({ response: null }))).toMatchObject(noData);
    expect(judge('p99<50ms', data({ response: summary({ count: 0, p99: 0, negatives: 3 }) }))).toMatchObject(noData);
    expect(judge('ingress.max<1s')).toMatchObject(noData);
    for (const text of ['loss<1%', 'delivered>=0/s', 'unexplained==0']) {
      expect(judge(text, data({ ledger: { expected: 0, lostTotal: 0 } })), text).toMatchObject(noData);
    }
  });

  it('fails an upper limit on a lower bound, and not a limit that it has to be above', () => {
    const survivors = data({ response: summary({ missingRatio: 0.5, censored: ['mean', 'p90', 'p99', 'p999', 'max'] }) });
    expect(judge('p99<2500ms', survivors)).toEqual({
      expression: 'p99<2500ms',
      value: 50_000,
      ok: false,
      noData: false,
      weak: false,
      censored: true,
    });
    expect(judge('max<=1s', survivors)).toMatchObject({ ok: false, censored: true });
    expect(judge('p99>=10ms', survivors)).toMatchObject({ ok: true, censored: true });
    expect(judge('p99>=1s', survivors)).toMatchObject({ ok: false, censored: true });
    expect(judge('p50<1ms', survivors)).toEqual({ expression: 'p50<1ms', value: 800, ok: true, noData: false, weak: false });
    expect(judge('transit.p99<2ms', survivors)).not.toHaveProperty('censored');
  });

  it('calls a percentile weak that fewer than ten sends lie beyond', () => {
    expect(judge('p99<50ms', data({ messagesSent: 999 }))).toMatchObject({ weak: true });
    expect(judge('p90<50ms', data({ messagesSent: 100 }))).toMatchObject({ weak: false });
    expect(judge('p999<50ms', data({ messagesSent: 10_000 }))).toMatchObject({ weak: false });
    expect(judge('max<50ms', data({ messagesSent: 1 }))).toMatchObject({ weak: false });
    expect(sendsBeyond('p90', 100)).toBe(10);
  });

  it('counts sends that came after the end of their phase', () => {
    expect(messagesSentOf({ offeredPerSecond: 100, sentPerSecond: 99.4, deliveredPerSecond: 0 }, 10)).toBe(1000);
  });

  it('holds without unexplained losses only, by default', () => {
    expect(evaluateLimits(DEFAULT_LIMITS, data())).toMatchObject([{ expression: 'unexplained==0', ok: true }]);
    expect(evaluateLimits(DEFAULT_LIMITS, data({ ledger: { lost: { ...NO_LOSS, unexplained: 1 } } }))).toMatchObject([{ ok: false }]);
  });
});
