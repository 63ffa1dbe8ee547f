import { documentText } from './document-text.ts';
import { TRAFFIC } from './traffic.ts';
import { formatBytes, formatMs, formatPerSecond } from './units.ts';

/** By the end of a name, how its values are shown. */
const UNITS: readonly (readonly [RegExp, (value: number) => string])[] = [
  [/Ms$/, formatMs],
  [/Seconds$/, (seconds) => formatMs(seconds * 1000)],
  [/Bytes$/, formatBytes],
  [/PerSecond$/, formatPerSecond],
];

/** A choice of `choicesOf` for people: `parameter durationMs`, `5000` → `--duration`, `5 s`; `–` where there is no such choice. */
export function choiceText(name: string, value: string | undefined): readonly [string, string] {
  if (value === undefined) return [nameText(name), '–'];
  if (value === '') return [nameText(name), 'none'];
  const [pattern, format] = UNITS.find(([ending]) => ending.test(name)) ?? [];
  const isQuantity = pattern !== undefined && format !== undefined && /^[\d.]+$/.test(value);
  return isQuantity ? [nameText(name), format(Number(value))] : [nameText(name), documentText(value)];
}

/** A choice in a word or three, as what tells a run from others: `redis`, `rate 50/s`, `capacity 200`, `no fault`. */
export function choicePhrase(name: string, value: string): string {
  if (name === 'scenario' || name === 'server kind') return value;
  if (name === 'faults') return value === '' ? 'no fault' : value;
  const [label, text] = choiceText(name.replace(/^layer option /, ''), value);
  return `${label.replace(/^--/, '')} ${text}`;
}

/** The name as a command line has it, and without the unit that its value has: `parameter burstMessages` → `--burst`. */
export function nameText(name: string): string {
  const [, parameter] = /^parameter (.+)$/.exec(name) ?? [];
  if (parameter === undefined) return withoutUnit(name);
  if (Object.hasOwn(TRAFFIC, parameter)) return `--${TRAFFIC[parameter as keyof typeof TRAFFIC].flag}`;
  return `--${withoutUnit(parameter).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function withoutUnit(name: string): string {
  return UNITS.reduce((text, [ending]) => text.replace(ending, ''), name);
}
