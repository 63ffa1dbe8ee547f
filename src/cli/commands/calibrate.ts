import type { Command } from 'commander';
import { calibrate } from '../../studies/calibration/calibrate.ts';
import { formatCount, formatPerSecond } from '../../model/units.ts';
import { paragraph } from '../../report/paragraph.ts';
import { renderTable } from '../../report/table.ts';
import { writeCalibration } from '../../store/calibrations.ts';
import { ensureWritable } from '../../store/write.ts';
import { countOption, readCount } from '../count-option.ts';
import type { Interruption } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { applyConfigFile, setting, withOrigin } from '../settings.ts';
import { StatusLine } from '../status-line.ts';
import type { Output } from '../terminal.ts';

const PROCESSES = countOption('processes', 1, 64, 1, 'server processes');
const MEMBERS = countOption('members', 1, 10_000, 80, 'members of all groups together');
const PAYLOAD_BYTES = 128;

/** `bench calibrate`: what this machine carries with a layer that costs nothing, for each number of processes. */
export function addCalibrateCommand(calibrate: Command, { output, interruption, onExit }: ProgramContext): void {
  calibrate
    .addOption(setting('--processes <counts>', 'server processes; several separated by commas', { default: '1,2,4,8' }))
    .addOption(setting('--members <count>', 'members of all groups together', { default: '80' }))
    .addOption(setting('--out <folder>', 'where results are', { default: 'results' }))
    .addOption(setting('--quiet', 'no progress'));
  calibrate.action(async () => onExit(await calibrateCommand(calibrate, output, interruption)));
}

async function calibrateCommand(command: Command, output: Output, interruption: Interruption): Promise<ExitCode> {
  await applyConfigFile(command);
  const options: { readonly processes: string; readonly members: string; readonly out: string; readonly quiet?: boolean } = command.opts();
  const counts = withOrigin(command, 'processes', () => options.processes.split(',').map((text) => readCount(PROCESSES, text)));
  const members = withOrigin(command, 'members', () => readCount(MEMBERS, options.members));
  await ensureWritable(options.out);
  const status = new StatusLine(output, options.quiet === true);
  const rows: string[][] = [];
  for (const processes of counts) {
    const shape = { processes, membersPerProcess: Math.max(1, Math.round(members / processes)), payloadBytes: PAYLOAD_BYTES };
    const calibration = await calibrate(shape, {
      stop: interruption.signal,
      onTrial: (trials) => {
        const { deliveriesPerSecond, carried } = trials.at(-1)!;
        status.show(`calibrate p${processes}`, `${formatPerSecond(deliveriesPerSecond)} ${carried ? 'carried' : 'not carried'}`, true);
      },
    }).finally(() => status.end());
    if (calibration === null) break;
    await writeCalibration(options.out, calibration);
    const { carriedPerSecond, failedPerSecond } = calibration.ceiling;
    rows.push([
      formatCount(processes),
      formatCount(shape.membersPerProcess),
      formatPerSecond(carriedPerSecond),
      failedPerSecond === null ? '–' : formatPerSecond(failedPerSecond),
    ]);
  }
  const head = ['processes', 'members of each', 'carried', 'not carried'].map(output.outStyle.dim);
  output.show(renderTable([head, ...rows], ['right', 'right', 'right', 'right'], output.outStyle));
  const meaning =
    'deliveries a second, with a layer that costs nothing: the ceiling of this machine. Results in the same folder, with as many processes, show how far they are below it.';
  output.show(`\n${paragraph('  ', meaning, output.outStyle)}`);
  return interruption.exitCode ?? EXIT.ok;
}
