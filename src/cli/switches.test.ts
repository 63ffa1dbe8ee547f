import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { setting } from './settings.ts';
import { isOn, readSwitches } from './switches.ts';

/** What commander is left with of one variable, which commands within another share. */
function readBy(name: string, text: string): string | undefined {
  const program = new Command();
  for (const verb of ['run', 'again']) {
    const command = program.command(verb);
    for (const flags of ['--json', '--no-default-limits', '--live [port]', '--rate <rate>']) command.addOption(setting(flags, ''));
  }
  const env = { [name]: text };
  readSwitches(program, env);
  return env[name];
}

describe('variables of flags', () => {
  it.each(['', '0', 'false', 'FALSE', 'no', 'off'])('are off with %j', (text) => {
    expect(isOn(text)).toBe(false);
    for (const name of ['LAYERBENCH_JSON', 'LAYERBENCH_LIVE', 'LAYERBENCH_NO_DEFAULT_LIMITS']) expect(readBy(name, text)).toBeUndefined();
    expect(readBy('LAYERBENCH_RATE', text)).toBe(text);
  });

  it.each(['1', 'true', 'Yes', 'on'])('are on with %j, without a value', (text) => {
    expect(isOn(text)).toBe(true);
    expect(readBy('LAYERBENCH_JSON', text)).toBe(text);
    expect(readBy('LAYERBENCH_LIVE', text)).toBe('');
  });

  it('have the value that they name', () => {
    expect(readBy('LAYERBENCH_LIVE', '8080')).toBe('8080');
    expect(isOn(undefined)).toBe(false);
  });
});
