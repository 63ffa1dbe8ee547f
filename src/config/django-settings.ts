import { quoted } from '../model/secret.ts';
import type { SettingValue } from '../model/layer-setting.ts';
import { usageError } from '../model/errors.ts';
import { configuredLayer, type ConfiguredLayer } from './configured-layer.ts';
import { isPlainMap } from './yaml-document.ts';

/*
 * CHANNEL_LAYERS as Django itself has it, once the user's interpreter has imported the settings. The program below runs
 * there: it prints values as JSON to descriptor 3, so that what the settings themselves print does no harm, and of what
 * fails only what can hold no secret.
 */
export const ASK_DJANGO = `
import json, os, sys, traceback

TOLD = ("ImportError", "ModuleNotFoundError", "ImproperlyConfigured", "KeyError", "NameError", "AttributeError")

def plain(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return value + 0
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, dict):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(entry) for entry in value]
    if type(value).__name__ == "__proxy__" or hasattr(value, "__fspath__"):
        return str(value)
    return {"__python__": type(value).__module__ + "." + type(value).__name__}

def answer(found):
    with os.fdopen(3, "w") as out:
        out.write(json.dumps(found))

sys.path.insert(0, os.getcwd())
try:
    from django.conf import settings
    answer({"layers": plain(getattr(settings, "CHANNEL_LAYERS", None))})
except BaseException as error:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    name = type(error).__name__
    place = error.filename if isinstance(error, SyntaxError) else frame.filename
    line = error.lineno if isinstance(error, SyntaxError) else frame.lineno
    answer({"error": name, "message": str(error) if name in TOLD else "", "place": "%s:%s" % (place, line)})
`;

/** What the program answers. */
export type DjangoAnswer = { readonly layers: SettingValue } | { readonly error: string; readonly message: string; readonly place: string };

/** The layer that Django has under an alias. Throws a usage error. */
export function layerOfDjango(answer: DjangoAnswer, module: string, alias: string): ConfiguredLayer {
  if ('error' in answer)
    throw usageError(
      `--settings ${module} cannot be imported: ${answer.error}${answer.message === '' ? '' : `: ${answer.message}`} (${answer.place})`,
      'Name the folder of manage.py with --cwd, and an interpreter that has what the settings import with --python.',
    );
  const place = `${module}: CHANNEL_LAYERS`;
  const { layers } = answer;
  if (!isPlainMap(layers) || Object.keys(layers).length === 0)
    throw usageError(`${module} has no CHANNEL_LAYERS`, 'Without it Django Channels has no layer at all: there is nothing to measure.');
  if (!Object.hasOwn(layers, alias)) {
    const names = Object.keys(layers).filter((name) => quoted(name) !== '');
    throw usageError(`${place} has no layer${quoted(alias)}`, `It has ${names.join(', ')}: name one with --alias.`);
  }
  return configuredLayer(layers[alias]!, (path) => [place, alias, ...path].join('.'));
}
