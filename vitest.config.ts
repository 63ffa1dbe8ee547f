import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** Suites run in this order. Those of one step go side by side. */
const STEPS = ['architecture', 'unit', 'cli', 'waiting', 'measuring'] as const;

/** A condition is waited for; what takes longer than this, on a machine that is ten times as busy, has failed. */
const PATIENCE = { testTimeout: 240_000, hookTimeout: 120_000 } as const;

/** Files at a time: one where something is measured, since the machine has few cores. */
function at(step: (typeof STEPS)[number], maxWorkers: 1 | 2) {
  return { sequence: { groupOrder: STEPS.indexOf(step) }, maxWorkers, ...PATIENCE };
}

export default defineConfig({
  test: {
    maxConcurrency: 8,
    sequence: { sequencer: LongestFirst },
    reporters: ['verbose', './test/suite-reporter.ts'],
    projects: [
      { test: { name: 'architecture', include: ['test/architecture.test.ts', 'test/documentation.test.ts'], ...at('architecture', 1) } },
      // None of them leaves anything behind that another could meet.
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scenarios/**/*.test.ts'],
          exclude: ['src/redis/**'],
          isolate: false,
          ...at('unit', 2),
        },
      },
      // They start `bench`, to read what it says.
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], ...at('cli', 2) } },
      // They wait for most of their time.
      { test: { name: 'selftest', include: ['test/selftest.test.ts'], ...at('waiting', 2), testTimeout: 600_000 } },
      { test: { name: 'layers', include: ['test/layers/**/*.test.ts', 'src/redis/**/*.test.ts'], ...at('waiting', 2) } },
      { test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], ...at('waiting', 2) } },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...at('waiting', 2) } },
      // They measure.
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...at('measuring', 1) } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...at('measuring', 1) } },
    ],
  },
});
