import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample-results.ts';
import { labelRuns } from './run-labels.ts';

const labels = (choices: readonly Partial<Parameters<typeof sampleRun>[0]>[]): readonly string[] =>
  labelRuns(choices.map((choice, i) => sampleRun({ id: `${i}`, ...choice }))).map(({ label }) => label);

describe('labels of runs', () => {
  it('are the layer and the number of processes where these tell them apart', () => {
    expect(labels([{ layer: 'memory' }, { layer: 'redis' }, { layer: 'redis', processes: 8 }])).toEqual([
      'memory p4',
      'redis p4',
      'redis p8',
    ]);
  });

  it('have what else differs, in the units that people read, for those that need it', () => {
    expect(labels([{ ratePerSecond: 50 }, { ratePerSecond: 500 }, { layer: 'memory' }])).toEqual([
      'redis p4 rate 50/s',
      'redis p4 rate 500/s',
      'memory p4',
    ]);
  });

  it('turn nothing around, and stay apart all the same', () => {
    expect(labels([{ layer: 'my\u202elayer' }, { layer: 'mylayer' }])).toEqual(['mylayer p4 #1', 'mylayer p4 #2']);
  });

  it('number repeats, which are of one point', () => {
    const runs = labelRuns([sampleRun({ id: 'a' }), sampleRun({ id: 'b' }), sampleRun({ id: 'c', layer: 'memory' })]);
    expect(runs.map(({ label, point }) => [label, point])).toEqual([
      ['redis p4 #1', 0],
      ['redis p4 #2', 0],
      ['memory p4', 1],
    ]);
  });
});
