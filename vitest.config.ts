import { defineConfig } from 'vitest/config';

/** Suites in the order of their cost. All but `unit` run one file at a time: they start servers, and the machine has few cores. */
export default defineConfig({
  test: {
    maxConcurrency: 8,
    reporters: ['verbose', './test/suite-reporter.ts'],
    projects: [
      { test: { name: 'architecture', include: ['test/architecture.test.ts'] } },
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scenarios/**/*.test.ts'],
          exclude: ['src/redis/**'],
        },
      },
      {
        test: {
          name: 'layers',
          include: ['test/layers/**/*.test.ts', 'src/redis/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: { name: 'interop', include: ['test/interop/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], fileParallelism: false, testTimeout: 120_000, hookTimeout: 60_000 } },
    ],
  },
});
