import { usageError } from '../model/errors.ts';
import { parseDurationMs } from '../model/units.ts';

/** `--time-budget` in ms; null where it was not given. Throws a usage error for what is no time. */
export function readTimeBudgetMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const budgetMs = parseDurationMs(text);
  if (budgetMs > 0) return budgetMs;
  throw usageError(`--time-budget '${text}' is no time`, 'Write it as --time-budget 10m.');
}
