import { expect, it } from 'vitest';
import { benchHere } from '../bench-here.ts';
import { hostileInput, leavesOfBench, type HostileInput } from './inputs.ts';
import { described, inFolder, problemOf, type Outcome } from './judged-input.ts';

/*
 * A hundred hostile inputs, in this process: what is tried is what reads them, and a hundred processes would take most of
 * their time to start. `npm run test:long` gives a thousand to the built binary.
 */

const SEED = 20_261_127;
const INPUTS = 100;
/** Ten times what one may take. */
const LIMIT_MS = 50_000;

/** The command line of an input, in a folder and an environment of its own. */
async function outcomeOf({ args, env }: HostileInput, cwd: string): Promise<Outcome> {
  const fromMs = performance.now();
  const { code, stdout, stderr } = await benchHere(args, { env, cwd });
  return { code, text: stdout + stderr, ms: performance.now() - fromMs };
}

it(`${INPUTS} hostile inputs end with a documented code, without a stack trace`, async () => {
  const leaves = await leavesOfBench();
  const problems: string[] = [];
  for (let index = 0; index < INPUTS; index++) {
    const input = hostileInput(SEED, index, leaves);
    const outcome = await inFolder(input, (folder) => outcomeOf(input, folder));
    const problem = problemOf(outcome, LIMIT_MS);
    if (problem !== null) problems.push(`${described(input, SEED, index)}\n${problem}:\n${outcome.text.slice(0, 1000)}`);
  }
  expect(problems.join('\n\n')).toBe('');
});
