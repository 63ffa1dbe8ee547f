import { Argument, type Command } from 'commander';
import { SCENARIO_NAMES } from '../../scenarios/registry.ts';
import { missingName, unknownName } from './suggest.ts';

/** A command of a group, under any word: that of a user's scenario may have spaces in it. */
export function subcommand(group: Command, word: string): Command {
  // A group takes whatever follows the word; its commands do not.
  const command = group.createCommand(word).copyInheritedSettings(group).allowExcessArguments(false);
  group.addCommand(command);
  return command;
}

/** Makes a command one whose first word is a scenario. */
export function scenarioGroup(group: Command): void {
  group
    .usage('<scenario> [options]')
    .helpCommand(false)
    .addArgument(new Argument('[scenario]'))
    .allowUnknownOption()
    .allowExcessArguments()
    .action((scenario: string | undefined) => {
      if (scenario === undefined) throw missingName(`bench ${group.name()}`, 'scenario', [...SCENARIO_NAMES, './my-scenario.ts']);
      throw unknownName('scenario', scenario, SCENARIO_NAMES);
    });
}
