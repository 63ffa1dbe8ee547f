import type { RunResult } from '../../core/result.ts';
import { renderCompare } from '../../report/compare.ts';
import { renderSeveral } from '../../report/comparison.ts';
import { renderResult, type DetailOptions } from '../../report/terminal.ts';
import { readResultFiles } from '../../store/read.ts';
import type { Output } from '../terminal.ts';

/** `bench report FILE…`: results as they were shown when they were made; runs side by side where there are several. */
export async function reportCommand(paths: readonly string[], details: DetailOptions, { show, outStyle }: Output): Promise<void> {
  const runs: RunResult[] = [];
  for (const { path, result } of await readResultFiles(paths)) {
    show(
      `${result.kind === 'run' ? renderResult(result, outStyle, details) : renderCompare(result, outStyle)}  ${outStyle.dim(`result: ${path}`)}\n\n`,
    );
    if (result.kind === 'run') runs.push(result);
  }
  if (runs.length > 1) show(renderSeveral(runs, outStyle));
}
