import type { AnyScenario } from '../model/scenario.ts';
import { isModulePath } from '../modules/module-path.ts';

/** A scenario from a module, under the words that the user called it by. */
export interface UserScenario {
  readonly specifier: string;
  readonly scenario: AnyScenario;
}

/**
 * The scenario of `bench run ./my-scenario.ts`, `bench explain …` or `bench capacity …`; null where the command line names none by a path.
 * It is loaded before the command line is read as a whole, since its parameters become options.
 */
export async function findUserScenario(argv: readonly string[], folder: string): Promise<UserScenario | null> {
  const verb = argv.findIndex((word) => ['run', 'explain', 'capacity'].includes(word));
  const specifier = verb < 0 ? undefined : argv[verb + 1];
  if (specifier === undefined || !isModulePath(specifier)) return null;
  const { loadScenarioModule } = await import('../modules/scenario-module.ts');
  return { specifier, scenario: await loadScenarioModule(specifier, folder) };
}
