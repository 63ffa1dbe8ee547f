import type { ResultFile } from '../../core/result-kinds.ts';
import { renderCapacity } from '../../report/capacity.ts';
import { renderCompare } from '../../report/compare.ts';
import { renderSeveral } from '../../report/comparison.ts';
import { renderDeployment } from '../../report/deployment.ts';
import type { Style } from '../../report/style.ts';
import { renderResult, type DetailOptions } from '../../report/terminal.ts';
import { readResultFiles } from '../../store/read.ts';
import type { Output } from '../terminal.ts';

/** `bench report PATH…`: results as they were shown when they were made; runs side by side where there are several. */
export async function reportCommand(paths: readonly string[], details: DetailOptions, { show, outStyle }: Output): Promise<void> {
  const stored = await readResultFiles(paths);
  for (const { path, result } of stored) show(`${render(result, details, outStyle)}  ${outStyle.dim(`result: ${path}`)}\n\n`);
  const runs = stored.flatMap(({ result }) => (result.kind === 'run' ? [result] : []));
  if (runs.length > 1) show(renderSeveral(runs, outStyle));
}

function render(result: ResultFile, details: DetailOptions, style: Style): string {
  switch (result.kind) {
    case 'run':
      return renderResult(result, style, details);
    case 'compare':
      return renderCompare(result, style);
    case 'capacity':
      return renderCapacity(result, style);
    case 'plan':
      return renderDeployment(result, style);
  }
}
