import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BenchError, usageError } from '../model/errors.ts';
import { checkScenario, planOf, type AnyScenario } from '../model/scenario.ts';
import { loadModule, located, resolveModule, type UserModule } from './load-module.ts';

const CONTRACT =
  'A scenario module has a default export: defineScenario({ name, summary, parameters, plan }). `bench init scenario NAME` writes one.';

/** Loads a scenario of the user's. What it throws, and an impossible Plan, becomes a usage error with file and line. */
export async function loadScenarioModule(specifier: string, folder: string): Promise<AnyScenario> {
  const url = resolveModule(specifier, folder);
  if (url === null) throw usageError('there is no such module', CONTRACT);
  const module = await loadModule(specifier, url, CONTRACT);
  const scenario = readScenario(module);
  const source = await readFile(fileURLToPath(url), 'utf8');
  return { ...scenario, plan: withPlace(scenario, module, planLine(source)) };
}

function readScenario({ specifier, exports }: UserModule): AnyScenario {
  const scenario = exports['default'];
  const problem = checkScenario(scenario);
  if (problem !== null) throw usageError(`${specifier} is no scenario: ${problem}`, CONTRACT);
  return scenario as AnyScenario;
}

/** The scenario's own function to a Plan, checked, with the place of what is wrong. */
function withPlace(scenario: AnyScenario, { specifier, url }: UserModule, planLine: string | null): AnyScenario['plan'] {
  return (parameters, topology) => {
    try {
      return planOf(scenario, parameters, topology);
    } catch (error) {
      const what = error instanceof BenchError ? `the Plan of ${scenario.name}` : `${scenario.name} threw`;
      throw located(error, what, specifier, url, CONTRACT, planLine);
    }
  };
}

/** Where a source begins to make its Plan. */
function planLine(source: string): string | null {
  const line = source.split('\n').findIndex((text) => /^\s*(async\s+)?plan\s*[:(=]/.test(text));
  return line < 0 ? null : String(line + 1);
}
