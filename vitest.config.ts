import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/**
 * Suites run in this order. Those of one step go side by side: what starts `bench` waits for most of its time, so that one
 * file alone would leave the cores idle, and each step would end with one.
 */
const STEPS = ['architecture', 'unit', 'bench'] as const;

/** A condition is waited for; what takes longer than this, on a machine that is ten times as busy, has failed. */
const PATIENCE = { testTimeout: 240_000, hookTimeout: 120_000 } as const;

/** Files at a time, as many as the machine has cores: in a file, some tests go at once, so that more would only wait for each other. */
function at(step: (typeof STEPS)[number], maxWorkers: 1 | 2) {
  return { sequence: { groupOrder: STEPS.indexOf(step) }, maxWorkers, ...PATIENCE };
}

export default defineConfig({
  test: {
    // The built modules are what is tested: nothing is made of them.
    server: { deps: { external: [/\/dist\//] } },
    // Of a file.
    maxConcurrency: 3,
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
      // They start `bench`: to read what it says, to hold what it finds, or to see it end.
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], isolate: false, ...at('bench', 2) } },
      { test: { name: 'selftest', include: ['test/selftest.test.ts'], isolate: false, ...at('bench', 2), testTimeout: 600_000 } },
      { test: { name: 'layers', include: ['test/layers/**/*.test.ts', 'src/redis/**/*.test.ts'], isolate: false, ...at('bench', 2) } },
      { test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], isolate: false, ...at('bench', 2) } },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], isolate: false, ...at('bench', 2) } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], isolate: false, ...at('bench', 2) } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], isolate: false, ...at('bench', 2) } },
    ],
  },
});
