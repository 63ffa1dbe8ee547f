import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/**
 * What measures runs one file at a time, since the machine has few cores; what starts `bench` to read what it says, two. The
 * self-test and what is about layers alone wait for most of their time, so they go side by side, the longest file first.
 */
export default defineConfig({
  test: {
    maxConcurrency: 8,
    sequence: { sequencer: LongestFirst },
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
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'selftest',
          include: ['test/selftest.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 400_000,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
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
