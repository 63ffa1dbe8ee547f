import type { Command } from 'commander';
import { passes, runSelftest, SELFTEST_ROWS } from '../../studies/selftest/selftest.ts';
import { renderSelftestEnd, renderSelftestRow } from '../../report/selftest.ts';
import type { Interruption } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting } from '../settings.ts';
import { StatusLine } from '../status-line.ts';
import type { Output } from '../terminal.ts';

interface SelftestCommandOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `bench selftest`: plants known faults, and shows what was planted beside what the report found. */
export function addSelftestCommand(command: Command, { output, interruption, onExit }: ProgramContext): void {
  command
    .addOption(setting('--json', 'print what was planted and found as JSON'))
    .addOption(setting('--quiet', 'no progress'))
    .action(async (options: SelftestCommandOptions) => onExit(await selftestCommand(options, output, interruption)));
}

async function selftestCommand(options: SelftestCommandOptions, output: Output, interruption: Interruption): Promise<ExitCode> {
  const status = new StatusLine(output, options.quiet === true);
  const total = SELFTEST_ROWS.length;
  let done = 0;
  const say = (): void => status.show('selftest', `${done} of ${total} faults`, true);
  say();
  const outcomes = await runSelftest({
    stop: interruption.signal,
    onRow: (outcome) => {
      done += 1;
      status.end();
      if (options.json !== true) output.show(`${renderSelftestRow(outcome, output.outStyle)}\n`);
      if (done < total) say();
    },
  }).finally(() => status.end());
  if (interruption.exitCode !== null) return interruption.exitCode;
  const passed = outcomes.filter(passes).length;
  if (options.json === true) output.out(`${JSON.stringify({ passed, total, rows: outcomes }, null, 2)}\n`);
  else output.show(renderSelftestEnd(passed, total, output.outStyle));
  return passed === total ? EXIT.ok : EXIT.bug;
}
