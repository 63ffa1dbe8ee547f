import type { Command, Option } from 'commander';

const OFF: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);
const ON: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on']);

/** Whether the text of a variable turns something on: anything but the words for no. */
export function isOn(text: string | undefined): boolean {
  return text !== undefined && !OFF.has(text.toLowerCase());
}

/**
 * Makes the variables of flags mean what they say: commander takes a flag for given as soon as its variable is there, and
 * the words for yes and no for the value of a flag that may have one. Changes `env`, which commander reads later.
 */
export function readSwitches(program: Command, env: NodeJS.ProcessEnv): void {
  const options = new Map(allOptions(program).map((option) => [option.envVar, option] as const));
  for (const [name, { required, optional }] of options) {
    const text = name === undefined ? undefined : env[name];
    if (name === undefined || text === undefined || required) continue;
    if (!isOn(text)) delete env[name];
    else if (optional && ON.has(text.toLowerCase())) env[name] = '';
  }
}

/** Of a command and all within it. */
function allOptions(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(allOptions)];
}
