import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** Projects run in this order; `npx vitest run test/cli` runs one suite of the last. */
const STEPS = ['architecture', 'unit', 'real'] as const;

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
          setupFiles: ['test/fixed-seed.ts'],
          isolate: false,
          ...at('unit', 2),
        },
      },
      // Against real processes and servers. One project: what its files import is made ready once for all of them.
      {
        test: {
          name: 'real',
          include: ['test/*/**/*.test.ts', 'test/selftest.test.ts', 'src/redis/**/*.test.ts'],
          setupFiles: ['test/fixed-seed.ts'],
          isolate: false,
          ...at('real', 2),
        },
      },
    ],
  },
});
