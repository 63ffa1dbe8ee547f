import type { Command } from 'commander';
import { usageError } from '../../model/errors.ts';
import type { WorkloadProfile } from '../../model/workload.ts';
import { byKind, type ResultFile } from '../../result/result-kinds.ts';
import type { RunResult } from '../../result/run-result.ts';
import { renderMarkdown } from '../../export/markdown.ts';
import { renderCapacity } from '../../report/capacity.ts';
import { renderCompare } from '../../report/comparison.ts';
import { renderSeveral } from '../../report/side-by-side.ts';
import { renderDeployment } from '../../report/deployment.ts';
import { PLAIN, type Style } from '../../report/style.ts';
import { renderResult, type DetailOptions } from '../../report/terminal.ts';
import { renderWorkload } from '../../report/workload.ts';
import { holdsWorkload, readWorkload } from '../../store/read-workload.ts';
import { readResultFiles, type StoredResult } from '../../store/read.ts';
import { REPORT, writeReport } from '../../store/report-file.ts';
import { htmlReport } from '../html-report.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting } from '../settings.ts';
import { unknownName } from '../suggest.ts';
import type { Output } from '../terminal.ts';

type Format = 'terminal' | 'html' | 'markdown';

const FORMATS: readonly Format[] = ['terminal', 'html', 'markdown'];
const EXAMPLES = `
Examples:
  bench report results/
  bench report results/ -o report.html
  bench report nightly/*.json --format html > report.html

The page is one file that needs no other, and no network: docs/report.md says
how to read it.
`;

interface ReportOptions extends DetailOptions {
  readonly output?: string;
  readonly format?: string;
}

/** `bench report`: results for people. */
export function addReportCommand(report: Command, { output }: ProgramContext): void {
  report
    .argument('<path...>', 'result files, folders of them, workload profiles')
    .addOption(setting('-o, --output <file>', 'write it to a file; a page where that ends in .html, Markdown in .md'))
    .addOption(setting('--format <name>', 'terminal, html or markdown; by default what the ending of --output says, else terminal'))
    .addOption(setting('--histogram', 'with the percentile spectrum of the latencies, in the terminal'))
    .addHelpText('after', EXAMPLES);
  report.action((paths: readonly string[]) => reportCommand(paths, report.opts(), output));
}

async function reportCommand(paths: readonly string[], options: ReportOptions, output: Output): Promise<void> {
  const format = formatOf(options);
  const { output: file } = options;
  const style = file === undefined ? output.outStyle : PLAIN;
  const { profiles, rest } = await takeProfiles(paths, format);
  const stored = rest.length === 0 && profiles.length > 0 ? [] : await readResultFiles(rest);
  const text = `${profiles.map((profile) => renderWorkload(profile, style)).join('\n')}${stored.length === 0 ? '' : await textOf(format, stored, options, style)}`;
  if (file === undefined) {
    if (format === 'terminal') output.show(text);
    else output.out(text);
    return;
  }
  await writeReport(file, text, REPORT);
  output.show(`report: ${file}\n`);
}

/** Workload profiles among the files; a terminal shows them. */
async function takeProfiles(
  paths: readonly string[],
  format: Format,
): Promise<{ readonly profiles: readonly WorkloadProfile[]; readonly rest: readonly string[] }> {
  const isProfile = await Promise.all(paths.map(holdsWorkload));
  const named = paths.filter((_, i) => isProfile[i]);
  if (named.length > 0 && format !== 'terminal')
    throw usageError(
      `'${named[0]}' is a workload profile, which bench report shows as text`,
      'Leave out --format. `bench observe --report FILE` writes a page with its figures and findings.',
    );
  return { profiles: await Promise.all(named.map(readWorkload)), rest: paths.filter((_, i) => !isProfile[i]) };
}

async function textOf(format: Format, stored: readonly StoredResult[], details: DetailOptions, style: Style): Promise<string> {
  switch (format) {
    case 'terminal':
      return terminalReport(stored, details, style);
    case 'html':
      return htmlReport(stored.map(({ result }) => result));
    case 'markdown':
      return markdownReport(stored.map(({ result }) => result));
  }
}

function markdownReport(results: readonly ResultFile[]): string {
  return renderMarkdown({ ...byKind(results), series: 'response', maxBytes: Infinity })
    .files.map(({ text }) => text)
    .join('');
}

function formatOf({ format, output }: ReportOptions): Format {
  if (format === undefined) return /\.html?$/i.test(output ?? '') ? 'html' : /\.md$/i.test(output ?? '') ? 'markdown' : 'terminal';
  const found = FORMATS.find((name) => name === format);
  if (found === undefined) throw unknownName('format', format, FORMATS);
  return found;
}

/** Results as they were shown when they were made; runs side by side where there are several. */
function terminalReport(stored: readonly StoredResult[], details: DetailOptions, style: Style): string {
  const runs = stored.flatMap(({ result }): readonly RunResult[] => (result.kind === 'run' ? [result] : []));
  const each = stored.map(({ path, result }) => `${renderOne(result, details, style)}  ${style.dim(`result: ${path}`)}\n\n`);
  return `${each.join('')}${runs.length > 1 ? renderSeveral(runs, style) : ''}`;
}

function renderOne(result: ResultFile, details: DetailOptions, style: Style): string {
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
