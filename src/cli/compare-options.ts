import type { Command } from 'commander';
import type { CompareResult, Verdict } from '../result/comparison-result.ts';
import { canonicalName, parseMinEffects } from '../studies/comparison/gates.ts';
import { renderCompare } from '../report/comparison.ts';
import { serializeResult } from '../store/result-file.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readProbability } from './probability-option.ts';
import { withOrigin } from './settings.ts';
import type { Output } from './terminal.ts';

const MAX_ALPHA = 0.2;

/** What both kinds of comparison take. */
export interface CompareOptions {
  readonly metric?: readonly string[];
  readonly minEffect?: readonly string[];
  readonly alpha: string;
  readonly force?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly out: string;
  readonly interleave?: string | true;
  readonly baseline?: boolean;
}

export interface ReadQuestion {
  readonly alpha: number;
  readonly minEffects: ReadonlyMap<string, number>;
  readonly gateNames: readonly string[] | null;
}

export function readQuestion(command: Command, { metric, minEffect, alpha }: CompareOptions): ReadQuestion {
  return {
    alpha: withOrigin(command, 'alpha', () => readProbability('alpha', alpha, MAX_ALPHA, '0.01')),
    minEffects: withOrigin(command, 'minEffect', () => parseMinEffects((minEffect ?? []).flatMap(itemsOf))),
    gateNames: metric === undefined ? null : [...new Set(metric.flatMap(itemsOf).map(canonicalName))],
  };
}

/** Several values of one option: separated by commas, or lines of one variable of the environment. */
function itemsOf(text: string): readonly string[] {
  return text
    .trim()
    .split(/[,\n]/)
    .map((item) => item.trim());
}

/** The comparison as text or JSON, and where it was written. */
export function showCompare(result: CompareResult, path: string | null, options: CompareOptions, { out, show, outStyle }: Output): void {
  if (options.json === true) out(serializeResult(result));
  else show(`${renderCompare(result, outStyle)}${path === null ? '' : `  ${outStyle.dim(`result: ${path}`)}\n`}`);
}

export function exitCodeOf(verdict: Verdict, { strict }: CompareOptions): ExitCode {
  if (verdict === 'regression') return EXIT.regression;
  return verdict === 'inconclusive' && strict === true ? EXIT.inconclusive : EXIT.ok;
}
