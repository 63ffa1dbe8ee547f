import type { SettingValue } from '../model/layer-setting.ts';
import { usageError } from '../model/errors.ts';
import { configuredLayer, type ConfiguredLayer } from './configured-layer.ts';
import type { Reading, Variables } from './env-file.ts';
import { withoutSecrets } from './paste-setting.ts';
import { isPlainMap, readYaml } from './yaml-document.ts';

/*
 * The variables of Tethys' Docker image. CHANNEL_LAYERS_CONFIG passes through a chain before Django sees it: the
 * container's environment, a Salt state that pastes it unquoted into a line of shell, the shell, and YAML.
 */

/** What the variables say. */
export interface TethysEnvironment {
  readonly layer: ConfiguredLayer;
  /** ASGI_PROCESSES; null where it is not set. */
  readonly processes: number | null;
}

const BACKEND = 'CHANNEL_LAYERS_BACKEND';
const CONFIG = 'CHANNEL_LAYERS_CONFIG';
const PROCESSES = 'ASGI_PROCESSES';
const MEMORY = 'channels.layers.InMemoryChannelLayer';
const MAX_QUOTES = 3;
/** A backslash before a space, or a quoted text, in which it would be meant. */
const BACKSLASHED_SPACE = /'(?:[^']|'')*'|\\ /g;

/** Reads the variables as their author meant them, and says where Tethys' own chain reads something else, of which reader of the file. */
export function readTethysEnvironment(readings: readonly Reading[], where: string): TethysEnvironment {
  const place = `${where}: ${CONFIG}`;
  if (readings.every(({ variables }) => variables[BACKEND] === undefined && variables[CONFIG] === undefined))
    throw usageError(
      `${where} sets neither ${BACKEND} nor ${CONFIG}`,
      'They are what the Docker image of Tethys takes its channel layer from.',
    );
  const meant = readings.map(({ variables }) => meantBy(textOf(variables))).find((map) => map !== null);
  if (meant === undefined)
    throw usageError(`${place} is no map`, `Write it as ${survivingText({ hosts: [{ host: 'redis', port: 6379 }] })}, quotes included.`);
  const judged = readings.map((reading) => ({ ...reading, fault: chainFault(textOf(reading.variables), meant) }));
  const { variables } = judged.find(({ fault }) => fault === null) ?? judged.at(-1)!;
  const layer = configuredLayer(
    { BACKEND: unquoted(variables[BACKEND] ?? MEMORY), CONFIG: meant },
    (path) => `${where}: ${variableOf(path)}`,
  );
  const warnings = survival(judged, place, survivingText(withoutSecrets(layer.setting).CONFIG));
  return { layer: { ...layer, warnings: [...layer.warnings, ...warnings] }, processes: processesOf(variables[PROCESSES], where) };
}

interface JudgedReading extends Reading {
  /** What Tethys' chain makes of the value in place of what is meant; null where that is what arrives. */
  readonly fault: string | null;
}

/** Under which readers the value survives, and how it is written for the others. */
function survival(readings: readonly JudgedReading[], place: string, value: string): readonly string[] {
  const bad = readings.filter(({ fault }) => fault !== null);
  const good = readings.filter(({ fault }) => fault === null).map(({ reader }) => reader);
  if (bad.length === 0) return [];
  const forms = readings.length === 1 ? value : bad.map(({ reader, write }) => `${write(value)} (${reader})`).join(', or ');
  if (good.length > 0)
    return [
      `${place} survives where ${good.join(' or ')} reads this file, and not where ${bad.map(({ reader }) => reader).join(' or ')} does${bad[0]!.fault}. This value survives there: ${forms}`,
    ];
  return [`${place} does not reach Django as it is meant${bad.at(-1)!.fault}. This value survives: ${forms}`];
}

function textOf(variables: Variables): string {
  return variables[CONFIG] ?? '"{}"';
}

/** The map that the author meant: under any number of quotes, with or without backslashes before its spaces; null for none. */
function meantBy(text: string): Readonly<Record<string, SettingValue>> | null {
  let inner = text.trim();
  for (let level = 0; level <= MAX_QUOTES; level++) {
    const map = yamlMap(inner.replaceAll(BACKSLASHED_SPACE, (match) => (match === String.raw`\ ` ? ' ' : match)));
    if (map !== null) return map;
    const next = unquoted(inner);
    if (next === inner) return null;
    inner = next;
  }
  return null;
}

/** One level of quotes less. */
function unquoted(text: string): string {
  const [, double, single] = /^"([\s\S]*)"$|^'([\s\S]*)'$/.exec(text.trim()) ?? [];
  return double === undefined ? (single ?? text) : unescaped(double);
}

function yamlMap(text: string): Readonly<Record<string, SettingValue>> | null {
  const value = readYaml(text);
  return isPlainMap(value) ? value : null;
}

function chainFault(text: string, meant: SettingValue): string | null {
  const words = shellWords(text);
  const read = words.length === 1 ? yamlMap(words[0]!) : null;
  if (read !== null && JSON.stringify(read) === JSON.stringify(meant)) return null;
  const backslash = /\\ /.test(text) ? ': a backslash before a space, inside quotes, stays there' : '';
  const found =
    words.length === 1 ? `reads ${read === null ? 'a text, and no map' : 'another map'}` : `takes it apart into ${words.length} words`;
  return `${backslash}; Tethys' set-up ${found}`;
}

/** A text in quotes, which may miss its last one, or a character behind a backslash. */
const SHELL_QUOTE = /'([^']*)(?:'|$)|"((?:\\[\s\S]?|[^"\\])*)(?:"|$)|\\([\s\S]?)/g;
const SHELL_WORD = new RegExp(`(?:${SHELL_QUOTE.source}|[^\\s'"\\\\])+`, 'g');

/** The words that a POSIX shell makes of an unquoted text. */
export function shellWords(text: string): readonly string[] {
  const plain = (_: string, single?: string, double?: string, escaped?: string): string =>
    single ?? (double === undefined ? escaped! || '\\' : unescaped(double));
  return [...text.matchAll(SHELL_WORD)].map(([word]) => word.replaceAll(SHELL_QUOTE, plain));
}

/** What stands between double quotes. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\$`])/g, '$1');
}

/** A value that Tethys' chain brings to Django as it is: shell quotes around a YAML flow map with single-quoted texts. */
export function survivingText(value: SettingValue): string {
  return `"${flow(value)}"`;
}

function flow(value: SettingValue): string {
  if (Array.isArray(value)) return `[${(value as readonly SettingValue[]).map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, entry]) => `${flow(key)}: ${flow(entry)}`)
      .join(', ')}}`;
  return typeof value === 'string' ? `'${value.replaceAll("'", "''").replaceAll(/["\\$`]/g, String.raw`\$&`)}'` : String(value);
}

function variableOf([key]: readonly (string | number)[]): string {
  return key === 'BACKEND' ? BACKEND : CONFIG;
}

function processesOf(text: string | undefined, where: string): number | null {
  if (text === undefined) return null;
  const count = Number(unquoted(text));
  if (Number.isInteger(count) && count > 0) return count;
  throw usageError(`${where}: ${PROCESSES} is no whole number above 0`, 'Write it as ASGI_PROCESSES=4.');
}
