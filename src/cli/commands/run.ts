import type { Command } from 'commander';
import { runMatrix } from '../../studies/matrix/matrix.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { RunOutcome, RunRequest } from '../../result/request.ts';
import { renderSeveral } from '../../report/side-by-side.ts';
import { paragraph } from '../../report/paragraph.ts';
import { renderResult } from '../../report/terminal.ts';
import { serializeResult } from '../../store/result-file.ts';
import { ensureReportWritable, RUN_REPORT, writeReport } from '../../store/report-file.ts';
import { ensureWritable } from '../../store/write.ts';
import type { AnyScenario } from '../../model/scenario.ts';
import { mostSerious, type ExitCode } from '../exit-codes.ts';
import { printError, type Interruption } from '../errors.ts';
import { readPort } from '../live/port.ts';
import type { LiveRuns } from '../live/runs.ts';
import { Progress } from '../progress.ts';
import { runRequests } from '../run-options.ts';
import { applyConfigFile, withOrigin } from '../settings.ts';
import { shownCommand } from '../shown-command.ts';
import { sayNote } from '../note.ts';
import type { Output } from '../terminal.ts';

/** `bench run <scenario>`: the points of the matrix in turn, each result as it comes, and all side by side at the end. */
export async function runCommand(command: Command, scenario: AnyScenario, output: Output, interruption: Interruption): Promise<ExitCode> {
  await applyConfigFile(command);
  const options: {
    readonly json?: boolean;
    readonly quiet?: boolean;
    readonly debug?: boolean;
    readonly histogram?: boolean;
    readonly out: string;
    readonly report?: string;
    readonly live?: string | boolean;
  } = command.optsWithGlobals();
  const port = withOrigin(command, 'live', () => readPort(options.live ?? false));
  const requests = await runRequests(command, scenario, shownCommand(command), (notice) => sayNote(output, notice));
  await ensureWritable(options.out);
  if (options.report !== undefined) await ensureReportWritable(options.report, RUN_REPORT);
  await using live = port === null ? null : await openLive(port, requests, output);
  const progress = new Progress(output, options.quiet === true);
  const outcomes = await runMatrix(requests, {
    outDir: options.out,
    stop: interruption.signal,
    onBegin: (index) => {
      progress.begin(pointLabel(requests, index));
      live?.begin(index);
    },
    onEvent: (event) => {
      progress.onEvent(event);
      live?.onEvent(event);
    },
    onOutcome: (outcome) => {
      progress.end();
      live?.onOutcome(outcome);
      show(outcome, output, options, requests.length === 1);
    },
  });
  const results = outcomes.flatMap((outcome) => (outcome.kind === 'result' ? [outcome.result] : []));
  if (results.length > 1 && options.json !== true) output.show(renderSeveral(results, output.outStyle));
  if (options.report !== undefined && results.length > 0) await writeHtml(results, options.report, output, options.json === true);
  const exitCode = interruption.exitCode ?? mostSerious(outcomes);
  await live?.end(interruption.signal);
  return exitCode;
}

/* Pages are loaded by runs that have one. */

async function openLive(port: number, requests: readonly RunRequest[], output: Output): Promise<LiveRuns> {
  return (await import('../live/runs.ts')).LiveRuns.open(port, requests, output);
}

/** The page, named at the end; apart from the results where these are asked for as JSON. */
async function writeHtml(results: readonly RunResult[], path: string, { out, err }: Output, isJson: boolean): Promise<void> {
  const { htmlReport } = await import('../html-report.ts');
  await writeReport(path, await htmlReport(results), RUN_REPORT);
  (isJson ? err : out)(`${isJson ? '' : '\n'}report: ${path}\n`);
}

/** "fanout redis p8", with its place in the matrix where there are several. */
function pointLabel(requests: readonly RunRequest[], index: number): string {
  const { scenario, layer, plan } = requests[index]!;
  const place = requests.length > 1 ? `[${index + 1}/${requests.length}] ` : '';
  return `${place}${scenario.name} ${layer.name} p${plan.processes}`;
}

interface ShowOptions {
  readonly json?: boolean;
  readonly histogram?: boolean;
  readonly debug?: boolean;
}

/** One result as text; as JSON the file's own content, or a line of it where there are several. */
function show(outcome: RunOutcome, output: Output, options: ShowOptions, single: boolean): void {
  if (outcome.kind === 'failed') {
    printError(outcome.error, output, options.debug === true);
    return;
  }
  const { result, path, unsaved } = outcome;
  const { errStyle } = output;
  for (const reason of result.validity.reasons) output.err(paragraph(`${errStyle.bad('bench:')} `, `invalid run: ${reason}`, errStyle));
  if (options.json === true) output.out(single ? serializeResult(result) : `${JSON.stringify(result)}\n`);
  else output.show(`${renderResult(result, output.outStyle, options)}  ${output.outStyle.dim(path === null ? '' : `result: ${path}`)}\n\n`);
  if (unsaved !== null) printError(unsaved, output, options.debug === true);
}
