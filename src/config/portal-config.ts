import { readFile } from 'node:fs/promises';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { SettingValue } from '../core/layer-setting.ts';
import { messageOf, usageError } from '../core/errors.ts';
import { configuredLayer, type ConfiguredLayer } from './configured-layer.ts';

const FORM =
  'It is a portal_config.yml, or the setting itself as YAML or JSON: CHANNEL_LAYERS: { default: { BACKEND: …, CONFIG: { … } } }.';

/** The layer of a portal_config.yml, of Tethys or of any Django project. Throws a usage error with file and line. */
export async function readPortalConfig(path: string, alias: string): Promise<ConfiguredLayer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(`cannot read '${path}': ${messageOf(error)}`, 'Give the path of a portal_config.yml.', { cause: error });
  });
  return parsePortalConfig(text, path, alias);
}

/** CHANNEL_LAYERS at the top, under `settings:`, or the whole document. */
export function parsePortalConfig(text: string, file: string, alias: string): ConfiguredLayer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) throw usageError(`${file}:${lines.linePos(broken.pos[0]).line}: ${firstLine(broken.message)}`, FORM);
  const path = layersPath(document, alias);
  if (path === null) throw usageError(`${file} has no CHANNEL_LAYERS, neither at its top nor under settings`, FORM);
  const aliases = namesIn(document, path);
  if (!aliases.includes(alias))
    throw usageError(
      `${file}: CHANNEL_LAYERS has no layer '${alias}'`,
      aliases.length === 0 ? FORM : `It has ${aliases.join(', ')}: name one with --alias.`,
    );
  const placeOf = (key: string | null): string => `${file}:${lineOf(document, [...path, alias], key, lines)}`;
  return configuredLayer(toValue(document, [...path, alias]), placeOf);
}

function layersPath(document: Document, alias: string): readonly string[] | null {
  const named = [['CHANNEL_LAYERS'], ['settings', 'CHANNEL_LAYERS']].find((path) => document.hasIn(path));
  return named ?? (document.hasIn([alias, 'BACKEND']) ? [] : null);
}

function namesIn(document: Document, path: readonly string[]): readonly string[] {
  const node = document.getIn(path, true);
  return isMap(node) ? node.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
}

/** The line of a key of the entry or of its CONFIG, whichever has it. */
function lineOf(document: Document, path: readonly string[], key: string | null, lines: LineCounter): number {
  const maps = [document.getIn([...path, 'CONFIG'], true), document.getIn(path, true)];
  for (const map of maps) {
    const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    if (pair !== undefined) return lines.linePos((pair.key as Node).range![0]).line;
  }
  const entry = maps[1] as Node | undefined;
  return entry?.range === undefined || entry.range === null ? 1 : lines.linePos(entry.range[0]).line;
}

function toValue(document: Document, path: readonly string[]): SettingValue {
  const node = document.getIn(path, true) as Node | undefined;
  return (node?.toJS(document) ?? null) as SettingValue;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!;
}
