import type { BenchmarkComparison, CompareResult, Verdict } from '../result/comparison-result.ts';
import { sideText, blocksLines, COMPARISON_COLUMNS, comparisonRows, VERDICT_WORDS } from './phrases.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable, type Fit } from './table.ts';

/** The smallest change that counts is what was asked for: where there is little room, it is left out. */
const FIT: Fit = { drops: [5], wraps: [1, 2, 4, 6] };

/** A comparison as text for a terminal: a table per benchmark, then what limits it. Ends with a newline. */
export function renderCompare(result: CompareResult, style: Style): string {
  const { base, head, benchmarks, warnings, verdict } = result;
  const sides = `  base  ${sideText(base)}\n  head  ${sideText(head)}\n`;
  const tables = benchmarks.map((benchmark) => `\n${benchmarkTable(benchmark, result, style)}`).join('');
  const notes = warnings.map((warning) => paragraph(`  ${style.warn('!')} `, warning, style)).join('');
  const end = benchmarks.length === 1 ? '' : `\n${style.bold('all together')}: ${verdictText(verdict, style)}\n`;
  return `${sides}${tables}${notes === '' ? '' : `\n${notes}`}${end}`;
}

function benchmarkTable(benchmark: BenchmarkComparison, { design }: CompareResult, style: Style): string {
  const rows = [
    ['metric', ...COMPARISON_COLUMNS, ''].map((cell) => style.dim(cell)),
    ...comparisonRows(benchmark).map(({ name, cells, verdict, confirmation }) => [
      name,
      ...cells,
      `${verdictText(verdict, style)}${confirmation}`,
    ]),
  ];
  const table = renderTable(rows, ['left', 'right', 'right', 'right', 'left', 'right', 'left'], style, FIT);
  const notes = blocksLines(benchmark, design).map((line) => paragraph('  ', style.dim(line), style));
  return `${style.bold(benchmark.name)}: ${verdictText(benchmark.verdict, style)}\n${table}${notes.join('')}`;
}

/** A verdict in words; colour only says it again. */
export function verdictText(verdict: Verdict, style: Style): string {
  const mark = { improvement: style.good, pass: style.good, inconclusive: style.warn, regression: style.bad }[verdict];
  return mark(VERDICT_WORDS[verdict]);
}
