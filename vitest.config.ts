import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/**
 * Suites run in this order. Those of one step go side by side: what starts `bench` waits for most of its time, so that one
 * file alone would leave the cores idle, and each step would end with one.
 */
const STEPS = ['architecture', 'unit', 'bench'] as const;

/** A condition is waited for; what takes longer than this, on a machine that is ten times as busy, has failed. */
const PATIENCE = { testTimeout: 240_000, hookTimeout: 120_000 } as const;

/** Files at a time: runs wait for a part of their time, so that one more than there are cores keeps these busy. */
function at(step: (typeof STEPS)[number], maxWorkers: 1 | 2 | 3) {
  return { sequence: { groupOrder: STEPS.indexOf(step) }, maxWorkers, ...PATIENCE };
}

export default defineConfig({
  test: {
    // The built modules are what is tested: nothing is made of them.
    server: { deps: { external: [/\/dist\//] } },
    // Of a file.
    maxConcurrency: 2,
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
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], ...at('bench', 3) } },
      { test: { name: 'selftest', include: ['test/selftest.test.ts'], ...at('bench', 3), testTimeout: 600_000 } },
      { test: { name: 'layers', include: ['test/layers/**/*.test.ts', 'src/redis/**/*.test.ts'], ...at('bench', 3) } },
      { test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], ...at('bench', 3) } },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...at('bench', 3) } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...at('bench', 3) } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...at('bench', 3) } },
    ],
  },
});
