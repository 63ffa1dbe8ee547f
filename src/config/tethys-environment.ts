import type { SettingValue } from '../core/layer-setting.ts';
import { usageError } from '../core/errors.ts';
import { configuredLayer, type ConfiguredLayer } from './configured-layer.ts';
import { readYaml } from './yaml-document.ts';

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

type Variables = Readonly<Record<string, string | undefined>>;

const BACKEND = 'CHANNEL_LAYERS_BACKEND';
const CONFIG = 'CHANNEL_LAYERS_CONFIG';
const PROCESSES = 'ASGI_PROCESSES';
const MEMORY = 'channels.layers.InMemoryChannelLayer';
const MAX_QUOTES = 3;
/** A backslash before a space, or a quoted text, in which it would be meant. */
const BACKSLASHED_SPACE = /'(?:[^']|'')*'|\\ /g;

/** Reads the variables as their author meant them, and says where Tethys' own chain reads something else. */
export function readTethysEnvironment(variables: Variables, where: string): TethysEnvironment {
  if (variables[BACKEND] === undefined && variables[CONFIG] === undefined)
    throw usageError(
      `${where} sets neither ${BACKEND} nor ${CONFIG}`,
      'They are what the Docker image of Tethys takes its channel layer from.',
    );
  const text = variables[CONFIG] ?? '"{}"';
  const config = meantBy(text);
  if (config === null)
    throw usageError(
      `${where}: ${CONFIG} is no map: ${text}`,
      `Write it as ${survivingText({ hosts: [{ host: 'redis', port: 6379 }] })}, quotes included.`,
    );
  const layer = configuredLayer(
    { BACKEND: unquoted(variables[BACKEND] ?? MEMORY), CONFIG: config },
    (key) => `${where}: ${variableOf(key)}`,
  );
  return {
    layer: { ...layer, warnings: [...layer.warnings, ...chainWarnings(where, text, config)] },
    processes: processesOf(variables[PROCESSES], where),
  };
}

/** The variables of a Dockerfile (`ENV NAME value`, `ENV NAME=value`) or of an env file (`NAME=value`, nothing stripped). */
export function parseEnvFile(text: string): Variables {
  const lines = text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  const isDockerfile = lines.some((line) => /^\s*(FROM|ENV)\s/i.test(line));
  const entries = lines.flatMap((line): readonly (readonly [string, string])[] => {
    if (!isDockerfile) {
      const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value!]];
    }
    const [, rest] = /^\s*ENV\s+(.*)$/i.exec(line) ?? [];
    if (rest === undefined) return [];
    const [, name, value] = /^([A-Za-z_]\w*)\s+(.*)$/.exec(rest) ?? [];
    if (name !== undefined) return [[name, dockerWord(value!)]];
    return [...rest.matchAll(/([A-Za-z_]\w*)=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*)/g)].map(
      ([, key, word]) => [key!, dockerWord(word!)] as const,
    );
  });
  return Object.fromEntries(entries);
}

/** Docker takes quotes away, and the backslash before a quote, a backslash or a dollar. */
function dockerWord(word: string): string {
  return word
    .trim()
    .replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) =>
      double === undefined ? single! : double.replaceAll(/\\(["\\$])/g, '$1'),
    );
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
  return double === undefined ? (single ?? text) : double.replaceAll(/\\(["\\$`])/g, '$1');
}

function yamlMap(text: string): Readonly<Record<string, SettingValue>> | null {
  try {
    const value = readYaml(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, SettingValue>>) : null;
  } catch {
    return null;
  }
}

function chainWarnings(where: string, text: string, meant: SettingValue): readonly string[] {
  const words = shellWords(text);
  const read = words.length === 1 ? yamlMap(words[0]!) : null;
  if (read !== null && JSON.stringify(read) === JSON.stringify(meant)) return [];
  const backslash = /\\ /.test(text) ? ': a backslash before a space, inside quotes, stays there' : '';
  const found = words.length === 1 ? `reads ${words[0]}` : `takes it apart into ${words.length} words`;
  return [
    `${where}: ${CONFIG} does not reach Django as it is meant${backslash}; Tethys' set-up ${found}. This value survives: ${survivingText(meant)}`,
  ];
}

/** The words that a POSIX shell makes of an unquoted text. */
export function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let isWord = false;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const next = text[i + 1] ?? '';
    if (quote === "'" ? char === "'" : quote === '"' && char === '"') quote = '';
    else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      isWord = true;
    } else if (char === '\\' && quote !== "'" && (quote === '' || '"\\$`'.includes(next))) {
      word += next;
      isWord = true;
      i += 1;
    } else if (quote === '' && /\s/.test(char)) {
      if (isWord) words.push(word);
      word = '';
      isWord = false;
    } else {
      word += char;
      isWord = true;
    }
  }
  return isWord ? [...words, word] : words;
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

function variableOf(key: string | null): string {
  return key === 'BACKEND' ? BACKEND : CONFIG;
}

function processesOf(text: string | undefined, where: string): number | null {
  if (text === undefined) return null;
  const count = Number(unquoted(text));
  if (Number.isInteger(count) && count > 0) return count;
  throw usageError(`${where}: ${PROCESSES} is no whole number above 0: ${text}`, 'Write it as ASGI_PROCESSES=4.');
}
