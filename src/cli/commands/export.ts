import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Option, type Command } from 'commander';
import { groupBy } from '../../model/group-by.ts';
import { BenchError, usageError } from '../../model/errors.ts';
import { SERIES_NAMES } from '../../model/metrics.ts';
import { counted } from '../../model/units.ts';
import { byKind, type ResultFile } from '../../result/result-kinds.ts';
import type { Latencies } from '../../result/run-result.ts';
import type { Exported, ExportedFile, ExportInput } from '../../export/export-format.ts';
import { STEP_SUMMARY_BYTES } from '../../export/markdown.ts';
import { EXPORT_FORMAT_NAMES, EXPORT_FORMATS, type ExportFormatName } from '../../export/registry.ts';
import { readResultFiles, type StoredResult } from '../../store/read.ts';
import { EXPORT, writeReport } from '../../store/report-file.ts';
import { isFolder } from '../../store/write.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting, withOrigin } from '../settings.ts';
import { unknownName } from '../suggest.ts';
import { sayNote } from '../note.ts';
import type { Output } from '../terminal.ts';
import { validRun } from '../valid-run.ts';

const WIDTH = Math.max(...EXPORT_FORMAT_NAMES.map((name) => name.length));
const HELP = `
Formats:
${EXPORT_FORMAT_NAMES.map((name) => `  ${name.padEnd(WIDTH)}  ${EXPORT_FORMATS[name].summary}`).join('\n')}

Examples:
  bench export results/ --format junit --out junit.xml
  bench export results/ --format github-action-benchmark --out exported/
  bench export results/ --format markdown >> "$GITHUB_STEP_SUMMARY"
  bench export results/ --format hgrm --series transit --out plots/

github-action-benchmark, bencher, openmetrics and otava take valid runs only.
junit and markdown show comparisons too, markdown capacity searches and plans.
`;

interface ExportOptions {
  readonly format?: string;
  readonly series: string;
  readonly out?: string;
}

/** `bench export`: results in the formats of other tools. */
export function addExportCommand(command: Command, { output }: ProgramContext): void {
  command
    .argument('<path...>', 'result files, or folders of them')
    .addOption(setting('--format <name>', 'one of those below'))
    .addOption(setting('--series <name>', `latency that hgrm shows: ${SERIES_NAMES.join(', ')}`, { default: 'response' }))
    // No setting: LAYERBENCH_OUT is where results are, and a folder of results takes no other files.
    .addOption(new Option('-o, --out <path>', 'folder, or a file (with an ending) where there is one; by default one file is printed'))
    .addHelpText('after', HELP);
  command.action(async (paths: readonly string[]) => exportCommand(command, paths, command.opts(), output));
}

async function exportCommand(command: Command, paths: readonly string[], options: ExportOptions, output: Output): Promise<void> {
  const name = withOrigin(command, 'format', () => readFormat(options.format));
  const series = withOrigin(command, 'series', () => readSeries(options.series));
  if (command.getOptionValueSource('series') === 'cli' && name !== 'hgrm')
    throw usageError(`--series is for --format hgrm, not ${name}`, 'Leave it out.');
  const stored = await readResultFiles(paths);
  const { files, notes } = EXPORT_FORMATS[name].render(inputOf(name, series, stored));
  for (const note of leftOut(name, stored)) sayNote(output, note);
  for (const note of notes) sayNote(output, note);
  if (files.length === 0)
    throw new BenchError('invalid', `there is nothing to export as ${name}: no data`, '`bench report FILE` shows what a result has.');
  await deliver({ files, notes }, name, options.out, output);
}

function readFormat(text: string | undefined): ExportFormatName {
  if (text === undefined) throw usageError('--format is missing', `Formats: ${EXPORT_FORMAT_NAMES.join(', ')}.`);
  const found = EXPORT_FORMAT_NAMES.find((name) => name === text);
  if (found === undefined) throw unknownName('format', text, EXPORT_FORMAT_NAMES);
  return found;
}

function readSeries(text: string): keyof Latencies {
  const found = SERIES_NAMES.find((name) => name === text);
  if (found === undefined) throw unknownName('series', text, SERIES_NAMES);
  return found;
}

/** Results by time; one that is there twice counts once. Throws for what the format does not show, and names its file. */
function inputOf(name: ExportFormatName, series: keyof Latencies, stored: readonly StoredResult[]): ExportInput {
  const { isTracker, shows } = EXPORT_FORMATS[name];
  const purpose = {
    needsRun: `${name} shows runs only; a comparison is shown by: ${formatsThatShow('compare').join(', ')}.`,
    needsValid: `Leave it out, or run it again: whoever reads ${name} would take its numbers for good ones. Nothing was exported.`,
  };
  const distinct = [...groupBy(stored, ({ result }) => result.run.id).values()].map((same) => same[0]!);
  const byTime = distinct.toSorted((a, b) => Date.parse(a.result.run.startedAt) - Date.parse(b.result.run.startedAt));
  for (const entry of byTime) if (isTracker || (entry.result.kind === 'compare' && !shows.includes('compare'))) validRun(entry, purpose);
  return {
    ...byKind(byTime.map(({ result }) => result)),
    series,
    maxBytes: STEP_SUMMARY_BYTES,
  };
}

function formatsThatShow(kind: ResultFile['kind']): readonly ExportFormatName[] {
  return EXPORT_FORMAT_NAMES.filter((name) => EXPORT_FORMATS[name].shows.includes(kind));
}

/** What a format does not show and a folder of results may hold all the same, a sentence each. */
function leftOut(name: ExportFormatName, stored: readonly StoredResult[]): readonly string[] {
  const kinds = [
    { kind: 'capacity', one: 'capacity search', several: 'capacity searches' },
    { kind: 'plan', one: 'plan', several: 'plans' },
  ] as const;
  return kinds.flatMap(({ kind, one, several }) => {
    const count = stored.filter(({ result }) => result.kind === kind).length;
    if (count === 0 || EXPORT_FORMATS[name].shows.includes(kind)) return [];
    return [`${counted(count, one, several)} left out, which ${name} does not show; these do: ${formatsThatShow(kind).join(', ')}`];
  });
}

/** Prints one file, or writes all. */
async function deliver({ files }: Exported, name: ExportFormatName, out: string | undefined, output: Output): Promise<void> {
  const [only, ...others] = files as readonly [ExportedFile, ...ExportedFile[]];
  if (out === undefined) {
    if (others.length === 0) return output.out(only.text);
    throw usageError(
      `${name} makes ${files.length} files here: ${files.map((file) => file.name).join(', ')}`,
      'Name a folder for them: --out exported/.',
    );
  }
  if (out === '') throw usageError('--out has no name', 'Name a file or a folder: --out exported/.');
  const isFile = !(await isFolder(out)) && (extname(out) !== '' || existsSync(out));
  if (isFile && others.length > 0)
    throw usageError(`--out '${out}' is one file, but ${name} makes ${files.length} here`, 'Name a folder: --out exported/.');
  for (const file of files) {
    const path = isFile ? out : join(out, file.name);
    await writeReport(path, file.text, EXPORT);
    output.err(`written: ${path}\n`);
  }
}
