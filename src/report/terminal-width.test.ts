import { sampleParameters } from '../../test/sample-parameters.ts';
import { stripVTControlCharacters, styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../scenarios/registry.ts';
import { sampleObservation } from '../../test/sample-observation.ts';
import { measured, sampleCapacity, sampleComparison, sampleRun, type SampleChoices } from '../../test/sample-results.ts';
import { toAscii } from '../cli/ascii.ts';
import { observed, withdrawn } from '../observe/observed-figure.ts';
import { workloadOf } from '../observe/profile.ts';
import { chooseDeployment, demandOf } from '../studies/deployment/deployment.ts';
import type { DeploymentPlan } from '../result/deployment-result.ts';
import type { CapacityResult } from '../result/capacity-result.ts';
import type { CompareResult } from '../result/comparison-result.ts';
import { historyOf } from '../studies/history/history.ts';
import type { Observation } from '../observe/observation.ts';
import { builtInLayer } from '../model/chosen-layer.ts';
import type { RunResult } from '../result/run-result.ts';
import { planOf } from '../model/scenario.ts';
import { renderBaseline, renderBaselines } from './baselines.ts';
import { renderCapacity } from './capacity.ts';
import { renderCompare } from './comparison.ts';
import { renderSeveral } from './side-by-side.ts';
import { renderConformance } from './conformance.ts';
import { renderDeployment } from './deployment.ts';
import { renderExplanation } from './explanation.ts';
import { renderHistory } from './history.ts';
import { renderSelftestEnd, renderSelftestRow } from './selftest.ts';
import type { Style } from './style.ts';
import { renderObservation } from './observation.ts';
import { renderResult } from './terminal.ts';
import { renderWorkload } from './workload.ts';

/* What people read in a terminal fits it: every renderer, at its widest, with marks and in ASCII. */

const SENTENCE = 'one process waited for 12.5 ms where it should not have, and that is said in a sentence which is longer than a line is.';

const mark = (text: string): string => styleText('bold', text, { validateStream: false });
const styleOf = (columns: number): Style => ({ bold: mark, dim: mark, good: mark, bad: mark, warn: mark, columns });

/** A run in which everything is there to be told. */
function fullRun(choices: Partial<SampleChoices> = {}): RunResult {
  const run = sampleRun({ id: 'a', layer: 'redis-pubsub', processes: 8, lost: 1200, reasons: [SENTENCE], ...choices });
  const data = measured(Array.from({ length: 2000 }, (_, i) => 1e6 * (i + 1)));
  const response = { ...data.latency.response!, negatives: 3 };
  return {
    ...run,
    ...data,
    latency: {
      response,
      transit: response,
      ingress: response,
      edge: response,
      pacerLag: response,
      firstDelivery: response,
      lastDelivery: response,
    },
    placement: { sameProcess: { response, transit: response }, crossProcess: { response, transit: response } },
    reach: { ratio: 0.88, matrix: Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => 0.123)) },
    ledger: {
      ...run.ledger,
      expected: 123_456_789,
      lost: { ...run.ledger.lost, isolated: 100, processCrashed: 300, backendLost: 400, unexplained: 400 },
      inFlight: 3,
    },
    faults: [{ spec: 'freeze server 0 1.25s at 12.5s', startMs: 1, endMs: 1250, recoveryMs: 1234 }],
    measures: [{ name: 'roundTrip', label: `round trip, ${SENTENCE}`, unit: 'us', value: 1234, direction: 'lowerIsBetter' }],
    health: (['server', 'server', 'redis', 'driver'] as const).map((role, index) => ({
      role,
      index,
      cpuRatio: 0.987,
      eventLoopUtilization: 0.987,
      eventLoopDelayP99Us: 12_345,
      rssBytes: 123e6,
    })),
    cost: {
      cpuSecondsPer1000Deliveries: 0.435,
      redisCommandsPer1000Deliveries: 3072,
      redisRoundTripsPer1000Deliveries: 1256,
      redisBytesPer1000Deliveries: 943e3,
    },
    limits: [{ expression: 'crossProcess.response.p999<=200ms', value: 345_678, ok: false, noData: false, weak: true }],
    warnings: [{ code: 'unsteady', message: SENTENCE, remedy: SENTENCE }],
  };
}

function fullComparison(): CompareResult {
  const result = sampleComparison({ id: 'a', change: 0.312, baseGit: { sha: 'a'.repeat(40), dirty: true }, lost: 12 });
  const [benchmark] = result.benchmarks;
  const metrics = benchmark!.metrics.map((metric) => ({
    ...metric,
    verdict: 'regression' as const,
    confirmed: false,
    interval: [-0.312, 0.265] as const,
    noise: 0.123,
  }));
  const loss = { ...benchmark!.loss, base: { expected: 12_345, lost: 1234, events: 123, unexplained: 0 }, confirmed: true };
  return { ...result, benchmarks: [{ ...benchmark!, metrics, loss }, benchmark!], warnings: [SENTENCE] };
}

function fullCapacity(): CapacityResult {
  const result = sampleCapacity();
  const point = result.points[0]!;
  const estimate = { value: 0.123456, interval: [0.0123456, null] } as const;
  const named = { ...point, name: 'fanout/redis-pubsub/uvicorn/p16', layer: { ...point.layer, name: 'redis-pubsub' } };
  return {
    ...result,
    points: [
      named,
      { ...named, lower: { ...named.lower!, confirmed: false }, upper: null, answer: 'atLeast' },
      { ...named, lower: null, upper: null, answer: 'unknown', limitedBy: { kind: 'lossByCapacity', detail: SENTENCE } },
    ],
    scalability: [
      {
        layer: 'redis-pubsub',
        server: 'node',
        lambda: { value: 12_345, interval: [11_234, 13_456] },
        sigma: estimate,
        kappa: estimate,
        knee: { processes: { value: 4, interval: [3, 5] }, perSecond: { value: 54_321, interval: [43_210, 65_432] } },
        validToProcesses: 48,
        isContention: true,
        caveats: [SENTENCE, SENTENCE],
      },
    ],
    warnings: [SENTENCE],
  };
}

function deployment(): DeploymentPlan {
  const demand = demandOf({ connections: 5000, groupSize: 50, ratePerSecond: 2, slo: ['p99<100ms', 'loss<0.01%'], headroom: 1.5 });
  const { kind: _, ...rest } = sampleCapacity();
  const result = sampleCapacity();
  const weak = { ...result.points[0]!, name: 'fanout/redis-pubsub/uvicorn/p16', lower: null };
  const choice = chooseDeployment(demand, [{ path: 'capacity.json', result: { ...result, points: [...result.points, weak] } }]);
  return { ...choice, schemaVersion: 1, kind: 'plan', tool: rest.tool, run: rest.run, environment: rest.environment, demand };
}

function observation(): Observation {
  const { figures, findings, rows, ...rest } = sampleObservation();
  const large = observed(1_234_567, 'reckoned', 1_134_567, 1_334_567);
  return {
    ...rest,
    figures: { ...figures, memberships: large, deliveriesPerSecond: large, messageBytes: withdrawn(SENTENCE) },
    findings: [...findings, { id: 'queuesFull', message: SENTENCE, remedy: SENTENCE }],
    rows: [...rows, { sizes: [1_048_576, 2_097_151], groups: 12_345, members: 12_345_678_901, sendsPerSecond: null }],
  };
}

function history(style: Style): string {
  const runs = Array.from({ length: 16 }, (_, i) =>
    sampleRun({
      id: `r${i}`,
      startedAt: new Date(Date.UTC(2026, 0, 1 + i)).toISOString(),
      git: { sha: `${i}`.padStart(40, 'a'), dirty: true },
      p50Us: (i < 8 ? 1000 : 1300) + (i % 3),
    }),
  );
  const found = historyOf(
    runs.map((result) => ({ result, commit: null })),
    { maxPValue: 0.001, minMagnitude: 0, window: 50, metrics: [] },
  );
  const commits = new Map(runs.map(({ environment, run }) => [environment.git!.sha, { date: run.startedAt, subject: SENTENCE }]));
  return renderHistory(found, { commits, maxPValue: 0.001 }, style);
}

function explanation(style: Style): string {
  return Object.values(SCENARIOS)
    .map((scenario) => {
      const { name, summary, parameters: specs } = scenario;
      const parameters = sampleParameters(scenario);
      const plan = planOf(scenario, parameters, { processes: 4 });
      const layers = [builtInLayer('memory', []), builtInLayer('redis', [])];
      return renderExplanation({ name, summary, specs, parameters, plan, layers }, style);
    })
    .join('\n');
}

const LAYERS = ['memory', 'redis', 'redis-fast', 'redis-pubsub'];
const FINDING = {
  what: 'unexplained losses',
  planted: 'from 12,345 to 23,456 deliveries',
  found: '12,345 deliveries, and no other',
  holds: false,
};
const CONFORMANCE = {
  layers: LAYERS,
  rows: [{ id: '4.2.18', behaviour: SENTENCE, cells: LAYERS.map(() => ({ kind: 'fail' as const, reason: SENTENCE })) }],
};
const REPEATED = [...['a', 'b'].map((id) => fullRun({ id, reasons: [] })), fullRun({ id: 'c', layer: 'memory' })];

const RENDERERS: Readonly<Record<string, (style: Style) => string>> = {
  'a run': (style) => renderResult(fullRun(), style, { histogram: true }),
  'a run without loss': (style) => renderResult(sampleRun({ id: 'a' }), style),
  'runs side by side': (style) => renderSeveral(REPEATED, style),
  'runs of several kinds of server': (style) =>
    renderSeveral([...REPEATED, { ...REPEATED[0]!, server: { ...REPEATED[0]!.server, kind: 'daphne' } }], style),
  'a comparison': (style) => renderCompare(fullComparison(), style),
  'a capacity search': (style) => renderCapacity(fullCapacity(), style),
  'a plan': (style) => renderDeployment(deployment(), style),
  'an observation': (style) => renderObservation(observation(), style),
  'a workload': (style) => renderWorkload(workloadOf(observation()), style),
  'a history': history,
  baselines: (style) => renderBaselines([{ key: 'fanout-redis-node-p4-44995230-34c3c9954e32', runs: REPEATED }], style),
  'a baseline': (style) => renderBaseline({ key: 'fanout-redis-node-p4-44995230-34c3c9954e32', runs: REPEATED }, style),
  conformance: (style) => renderConformance(CONFORMANCE, style),
  'a self-test': (style) =>
    renderSelftestRow({ name: SENTENCE, planted: [FINDING], unplanted: [FINDING] }, style) + renderSelftestEnd(20, 21, style),
  'what scenarios are to do': explanation,
};

/** Lines of a text that are wider than that, as they are seen. */
function linesOver(columns: number, text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.length > columns);
}

describe.each(Object.entries(RENDERERS))('%s', (_, render) => {
  it.each([80, 120])('fits %i columns, also in ASCII', (columns) => {
    const text = render(styleOf(columns));
    expect(text.split('\n').length).toBeGreaterThan(1);
    expect(linesOver(columns, text)).toEqual([]);
    expect(linesOver(columns, toAscii(text))).toEqual([]);
  });
});

describe('a wider terminal', () => {
  const lineCount = (columns: number, render: (style: Style) => string): number => render(styleOf(columns)).split('\n').length;

  it('has in one table what a narrow one has in two, with the same numbers', () => {
    const runs = ['memory', 'redis'].map((layer) => sampleRun({ id: layer, layer, processes: 8, lost: 100 }));
    const [narrow, wide] = [80, 120].map((columns) => stripVTControlCharacters(renderSeveral(runs, styleOf(columns))));
    expect(wide!.trimEnd().split('\n')).toHaveLength(3);
    expect(narrow!.trimEnd().split('\n')).toHaveLength(7);
    const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
    expect(words(narrow!)).toEqual(words(wide!));
  });

  it('has fewer lines of prose, longer bars, and what the latencies mean', () => {
    expect(lineCount(120, RENDERERS['a run']!)).toBeLessThan(lineCount(80, RENDERERS['a run']!));
    const [narrow, wide] = [80, 120].map((columns) => RENDERERS['a run']!(styleOf(columns)));
    const bar = (text: string): number => Math.max(...[...text.matchAll(/█+/g)].map(([blocks]) => blocks.length));
    expect(bar(wide!)).toBeGreaterThan(bar(narrow!));
    expect(wide).toContain('what a user feels');
  });
});
