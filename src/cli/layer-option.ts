import type { Option } from 'commander';
import { shownOptionText } from '../model/chosen-layer.ts';
import { setting } from './settings.ts';

/** `--layer-option`, whose values may be keys, or passwords of a layer of the user's. */
export function layerOption(description: string): Option {
  return setting('--layer-option <name=value>', description, { repeatable: true, shown: shownOptionText });
}
