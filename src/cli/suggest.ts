import { closest, distance } from 'fastest-levenshtein';
import { usageError, type BenchError } from '../model/errors.ts';
import { quoted } from '../model/secret.ts';
import { LAYER_NAMES, LAYERS } from '../model/layers.ts';

/** The known name that a mistyped one is closest to; null where none is close. */
export function suggest(name: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const best = closest(name, known);
  return distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3)) ? best : null;
}

/** "unknown layer 'rediss'", with what was probably meant and what there is. */
export function unknownName(what: string, name: string, known: readonly string[]): BenchError {
  const meant = suggest(name, known);
  return usageError(
    `unknown ${what}${quoted(name)}`,
    `${meant === null ? '' : `Did you mean '${meant}'? `}There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}.`,
  );
}

/** An unknown layer. The classes of Django's CHANNEL_LAYERS have names of their own here. */
export function unknownLayer(name: string, known: readonly string[]): BenchError {
  const meant = LAYER_NAMES.find((layer) => LAYERS[layer].pythonClass === name || LAYERS[layer].pythonClass.endsWith(`.${name}`));
  if (meant === undefined) return unknownName('layer', name, known);
  return usageError(`unknown layer${quoted(name)}`, `Here it is called ${meant}: write --layer ${meant}.`);
}

/** A name that has to be said, and was not. */
export function missingName(command: string, what: string, known: readonly string[]): BenchError {
  return usageError(`${command} needs a ${what}`, `There are: ${known.join(', ')}.`);
}
