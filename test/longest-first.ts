import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, in their order; a file that is not here takes less than any of these. Two go at a time: what is
 * left at the end, when one of the two places is empty, has to be short. Beside the self-test, which is the longest and plants
 * delays, go files that start no servers.
 */
const LONGEST: readonly string[] = [
  'test/selftest.test.ts',
  'test/layers/conformance.test.ts',
  'test/layers/layers.test.ts',
  'test/layers/deployments.test.ts',
  'test/e2e/scenarios.test.ts',
  'test/e2e/django.test.ts',
  'test/cli/ci.test.ts',
  'test/e2e/deaths.test.ts',
  'test/cli/compare.test.ts',
  'test/e2e/own-application.test.ts',
  'test/cli/config.test.ts',
  'test/cli/user-modules.test.ts',
  'test/cli/capacity.test.ts',
  'test/browser/live.test.ts',
  'test/cli/usage.test.ts',
  'test/cli/history.test.ts',
];

/** Puts the longest files first in their step. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = this.ctx.config.root;
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.indexOf(relative(root, moduleId));
      return found === -1 ? LONGEST.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
