import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample-results.ts';
import { SCENARIOS } from '../../scenarios/registry.ts';
import { differences } from '../result/benchmark.ts';
import { choiceText } from './choice-text.ts';
import type { RunResult } from '../result/run-result.ts';

describe('a choice in words', () => {
  it('has the flag of every parameter of every scenario', () => {
    const parameters = Object.values(SCENARIOS).flatMap((scenario) => Object.entries(scenario.parameters));
    expect(parameters.length).toBeGreaterThan(50);
    expect(parameters.map(([name]) => choiceText(`parameter ${name}`, '1')[0])).toEqual(parameters.map(([, { flag }]) => `--${flag}`));
  });

  it('has a value with its unit', () => {
    expect(choiceText('parameter durationMs', '5000')).toEqual(['--duration', '5 s']);
    expect(choiceText('parameter burstMessages', '250')).toEqual(['--burst', '250']);
    expect(choiceText('faults', '')).toEqual(['faults', 'none']);
  });
});

describe('what two results differ in', () => {
  const run = (parts: Partial<RunResult['layer']>, parameters: RunResult['scenario']['parameters'] = {}): RunResult => {
    const sample = sampleRun({ id: 'r' });
    return { ...sample, layer: { ...sample.layer, ...parts }, scenario: { ...sample.scenario, parameters } };
  };

  it('tells an option that is not there from one that is none', () => {
    expect(differences(run({ options: { on_reconnect: '' } }), run({ options: {} }))).toEqual([
      'layer option on_reconnect: none, not there',
    ]);
  });

  it('never shows two values that look the same', () => {
    expect(differences(run({}, { durationMs: 5000 }), run({}, { durationMs: 10_000 }))).toEqual(['--duration: 5 s, 10 s']);
    expect(differences(run({}, { durationMs: 60_000 }), run({}, { durationMs: 60_001 }))).toEqual(['--duration: 60000, 60001']);
  });
});
