import { renderComparison } from '../../report/comparison.ts';
import { renderResult } from '../../report/terminal.ts';
import { readResult } from '../../store/read.ts';
import type { Output } from '../terminal.ts';

/** `bench report FILE…`: results as they were shown after their run, and side by side where there are several. */
export async function reportCommand(files: readonly string[], output: Output): Promise<void> {
  const results = [];
  for (const file of files) results.push(await readResult(file));
  results.forEach((result, i) =>
    output.out(`${renderResult(result, output.outStyle)}  ${output.outStyle.dim(`result: ${files[i]!}`)}\n\n`),
  );
  if (results.length > 1) output.out(renderComparison(results, output.outStyle));
}
