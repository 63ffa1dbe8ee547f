import { readFailure, usageError } from '../model/errors.ts';
import { quoted } from '../model/secret.ts';
import { readText } from '../platform/read-text.ts';
import { configuredLayer, type ConfiguredLayer } from './configured-layer.ts';
import { YamlDocument, type YamlPath } from './yaml-document.ts';

const FORM =
  'It is a portal_config.yml, or the setting itself as YAML or JSON: CHANNEL_LAYERS: { default: { BACKEND: …, CONFIG: { … } } }.';
const MEMORY = 'channels.layers.InMemoryChannelLayer';

/** The layer of a portal_config.yml, of Tethys or of any Django project. Throws a usage error with file and line. */
export async function readPortalConfig(path: string, alias: string): Promise<ConfiguredLayer> {
  if (path.endsWith('.py'))
    throw usageError(
      `'${path}' is Python, and --config reads YAML or JSON`,
      'Give the module to --settings, which asks Django for its CHANNEL_LAYERS: --settings portal.settings --cwd the-folder-of-manage.py.',
    );
  const text = await readText(path).catch((error: unknown) => {
    throw usageError(`cannot read '${path}': ${readFailure(error)}`, 'Give the path of a portal_config.yml.', { cause: error });
  });
  return parsePortalConfig(text, path, alias);
}

/** CHANNEL_LAYERS under `settings:` where there is such a key, since that is Tethys' file; else at the top, or the whole document. */
export function parsePortalConfig(text: string, file: string, alias: string): ConfiguredLayer {
  const document = new YamlDocument(text);
  if (document.problem !== null) throw usageError(`${file}:${document.problem.line}: ${document.problem.message}`, FORM);
  if (!document.has(['settings'])) return layerAt(document, layersPath(document, file, alias), file, alias, []);
  const stray = document.has(['CHANNEL_LAYERS']) ? `${file}:${document.lineOf(['CHANNEL_LAYERS'])}: ` : null;
  const path = ['settings', 'CHANNEL_LAYERS'];
  if (document.has(path)) {
    const warning = `${stray ?? ''}this second CHANNEL_LAYERS is ignored: in a file that has settings:, Tethys reads what is under it`;
    return layerAt(document, path, file, alias, stray === null ? [] : [warning]);
  }
  const why =
    stray === null
      ? `${file}:${document.lineOf(['settings'])}: settings: has no CHANNEL_LAYERS, so that this portal runs in memory, as Tethys does without one`
      : `${stray}CHANNEL_LAYERS stands at the top of a file that has settings:, where Tethys does not read it, so that this portal runs in memory. Indent it below settings:`;
  return withWarnings(
    configuredLayer({ BACKEND: MEMORY }, () => file),
    [why],
  );
}

function layersPath(document: YamlDocument, file: string, alias: string): YamlPath {
  if (document.has(['CHANNEL_LAYERS'])) return ['CHANNEL_LAYERS'];
  if (document.has([alias, 'BACKEND'])) return [];
  throw usageError(`${file} has no CHANNEL_LAYERS, neither at its top nor under settings`, FORM);
}

function layerAt(document: YamlDocument, path: YamlPath, file: string, alias: string, warnings: readonly string[]): ConfiguredLayer {
  const aliases = document.keys(path);
  if (!aliases.includes(alias)) {
    const names = aliases.filter((name) => quoted(name) !== '');
    const hint = names.length === 0 ? FORM : `It has ${names.join(', ')}: name one with --alias.`;
    throw usageError(`${file}:${document.lineOf(path)}: CHANNEL_LAYERS has no layer${quoted(alias)}`, hint);
  }
  const entry = [...path, alias];
  return withWarnings(
    configuredLayer(document.value(entry)!, (below) => `${file}:${document.lineOf([...entry, ...below])}`),
    warnings,
  );
}

function withWarnings(layer: ConfiguredLayer, warnings: readonly string[]): ConfiguredLayer {
  return { ...layer, warnings: [...warnings, ...layer.warnings] };
}
