import { defineConfig } from 'vitest/config';

/**
 * Suites in the order of their cost. What measures runs one file at a time, since the machine has few cores; what starts
 * `bench` to read what it says, two.
 */
export default defineConfig({
  test: {
    maxConcurrency: 8,
    reporters: ['verbose', './test/suite-reporter.ts'],
    projects: [
      { test: { name: 'architecture', include: ['test/architecture.test.ts', 'test/documentation.test.ts'] } },
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scenarios/**/*.test.ts'],
          exclude: ['src/redis/**'],
          testTimeout: 60_000,
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
      {
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], fileParallelism: false, testTimeout: 120_000, hookTimeout: 60_000 } },
    ],
  },
});
