import { usageError } from '../model/errors.ts';

/** `0.01` or `1%` → 0.01. Throws a usage error that names the option and shows the right form, for anything but 0 < p ≤ `max`. */
export function readProbability(flag: string, text: string, max: number, example: string): number {
  const probability = /^\d*\.?\d+%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (probability > 0 && probability <= max) return probability;
  throw usageError(
    `--${flag} '${text}' is no probability above 0 and up to ${max}`,
    `Write it as --${flag} ${example} or --${flag} ${Number(example) * 100}%.`,
  );
}
