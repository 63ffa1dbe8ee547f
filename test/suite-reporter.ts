import { relative, sep } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

/** Prints the seconds of every suite, and a closing line that counts. A skipped test is a failure in CI: nobody would see it. */
export default class SuiteReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const suites = new Map<string, { seconds: number; tests: number }>();
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      const name = suiteOf(module);
      const suite = suites.get(name) ?? { seconds: 0, tests: 0 };
      suites.set(name, suite);
      suite.seconds += module.diagnostic().duration / 1000;
      for (const test of module.children.allTests()) {
        suite.tests += 1;
        counts[test.result().state] += 1;
      }
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1;
    }
    for (const [name, suite] of suites)
      console.log(`suite ${name.padEnd(12)} ${String(suite.tests).padStart(4)} tests ${suite.seconds.toFixed(1).padStart(7)} s`);
    const skipped = counts.skipped + counts.pending;
    if (skipped > 0 && process.env['CI'] !== undefined) {
      console.log(`${skipped} tests were skipped, which CI does not allow`);
      process.exitCode = 1;
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}

/** A folder of `test/` is a suite, and so is the self-test; all else is a suite by its project. */
function suiteOf({ moduleId, project }: TestModule): string {
  const [top, name, ...below] = relative(project.config.root, moduleId).split(sep);
  if (project.name !== 'real') return project.name;
  if (top !== 'test') return 'layers';
  return below.length > 0 ? name! : name!.replace('.test.ts', '');
}
