import type { Command, Option } from 'commander';
import { HIDDEN } from '../model/secret.ts';
import { SettingOption } from './settings.ts';

/*
 * The command of a result: built anew from the options that were read. What was typed is never copied, since only an
 * option knows which part of its value is a secret.
 */

/** "bench run fanout --redis redis://:***@h:6379": the options that the command line gave, and more words after them. */
export function shownCommand(command: Command, more: readonly string[] = [], instead: Readonly<Record<string, string>> = {}): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return [...names.map(shellWord), ...shownOptionWords(command, instead), ...more].join(' ');
}

/** Options that the command line gave, each as words of a shell; `instead` has values to show, by attribute. */
export function shownOptionWords(command: Command, instead: Readonly<Record<string, string>> = {}): readonly string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') return [];
    const value: unknown = command.getOptionValue(name);
    if (typeof value === 'boolean') return value === !option.negate ? [option.long ?? ''] : [];
    if (option.negate) return [];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => [option.long ?? '', shellWord(instead[name] ?? shownValue(option, String(one)))]);
  });
}

function shownValue(option: Option, text: string): string {
  return option instanceof SettingOption ? option.shown(text) : HIDDEN;
}

/** As a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./*-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
