import { readFile } from 'node:fs/promises';
import { readFailure, usageError } from '../core/errors.ts';
import { configuredLayer, type ConfiguredLayer } from './configured-layer.ts';
import { YamlDocument, type YamlPath } from './yaml-document.ts';

const FORM =
  'It is a portal_config.yml, or the setting itself as YAML or JSON: CHANNEL_LAYERS: { default: { BACKEND: …, CONFIG: { … } } }.';

/** The layer of a portal_config.yml, of Tethys or of any Django project. Throws a usage error with file and line. */
export async function readPortalConfig(path: string, alias: string): Promise<ConfiguredLayer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(`cannot read '${path}': ${readFailure(error)}`, 'Give the path of a portal_config.yml.', { cause: error });
  });
  return parsePortalConfig(text, path, alias);
}

/** CHANNEL_LAYERS at the top, under `settings:`, or the whole document. */
export function parsePortalConfig(text: string, file: string, alias: string): ConfiguredLayer {
  const document = new YamlDocument(text);
  if (document.problem !== null) throw usageError(`${file}:${document.problem.line}: ${document.problem.message}`, FORM);
  const path = layersPath(document, alias);
  if (path === null) throw usageError(`${file} has no CHANNEL_LAYERS, neither at its top nor under settings`, FORM);
  const aliases = document.keys(path);
  if (!aliases.includes(alias)) {
    const hint = aliases.length === 0 ? FORM : `It has ${aliases.join(', ')}: name one with --alias.`;
    throw usageError(`${file}: CHANNEL_LAYERS has no layer '${alias}'`, hint);
  }
  const entry = [...path, alias];
  const lineOf = (key: string | null): number =>
    (key === null ? null : (document.lineOfKey([...entry, 'CONFIG'], key) ?? document.lineOfKey(entry, key))) ?? document.lineOf(entry);
  return configuredLayer(document.value(entry), (key) => `${file}:${lineOf(key)}`);
}

function layersPath(document: YamlDocument, alias: string): YamlPath | null {
  const named = [['CHANNEL_LAYERS'], ['settings', 'CHANNEL_LAYERS']].find((path) => document.has(path));
  return named ?? (document.has([alias, 'BACKEND']) ? [] : null);
}
