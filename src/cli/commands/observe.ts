import type { Command } from 'commander';
import { BenchError } from '../../model/errors.ts';
import { LAYERS } from '../../model/layers.ts';
import { counted } from '../../model/units.ts';
import { aclCommand } from '../../observe/allowed-commands.ts';
import type { Observation } from '../../observe/observation.ts';
import { observationJson, profileText, workloadOf } from '../../observe/profile.ts';
import { observeDeployment } from '../../observe/redis/observe-deployment.ts';
import { describeHost } from '../../redis/show-host.ts';
import { TOOL_VERSION } from '../../platform/package-root.ts';
import { renderObservationPage } from '../../report/html/observation.ts';
import { renderObservation } from '../../report/observation.ts';
import { ensureReportWritable, PROFILE, RUN_REPORT, writeReport } from '../../store/report-file.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { sayNote } from '../note.ts';
import { addObserveOptions, readObservedLayer, readObserveRequest } from '../observe-options.ts';
import { pageAssets } from '../page-assets.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting } from '../settings.ts';
import { StatusLine } from '../status-line.ts';

const EXAMPLES = `
Examples:
  bench observe --print-acl
  bench observe --redis redis://layerbench:password@10.0.0.5:6379
  bench observe --config portal_config.yml --for 5m -o monday.json

It reads, and never writes: docs/observe.md says what it asks, and what that
costs.
`;

interface Raw {
  readonly output: string;
  readonly json?: boolean;
  readonly report?: string;
  readonly failOnFindings?: boolean;
  readonly printAcl?: boolean;
}

/** `bench observe`: the workload of a live deployment, from its Redis. */
export function addObserveCommand(observe: Command, context: ProgramContext): void {
  addObserveOptions(observe)
    .addOption(setting('-o, --output <file>', 'where the profile is written', { default: 'observed.json' }))
    .addOption(setting('--report <file>', 'write figures and findings as one HTML page'))
    .addOption(setting('--json', 'print figures, findings and profile as JSON'))
    .addOption(setting('--fail-on-findings', 'exit with 6 where something is found wrong'))
    .option('--print-acl', 'print the Redis command that makes a user with the permissions that this needs, and end')
    .addHelpText('after', EXAMPLES);
  observe.action(async () => context.onExit(await observeCommand(observe, context)));
}

async function observeCommand(command: Command, { output, interruption }: ProgramContext): Promise<ExitCode> {
  const raw: Raw = command.opts();
  if (raw.printAcl === true) {
    const { layer, prefix } = await readObservedLayer(command);
    output.out(`${aclCommand(layer, prefix)}\n`);
    return EXIT.ok;
  }
  const request = await readObserveRequest(command, (notice) => sayNote(output, notice));
  await ensureReportWritable(raw.output, PROFILE);
  if (raw.report !== undefined) await ensureReportWritable(raw.report, RUN_REPORT);
  const line = new StatusLine(output, false);
  const places = `${LAYERS[request.layer].pythonClass} at ${request.hosts.map(describeHost).join(', ')}, prefix ${request.prefix}`;
  line.show('observing', places, true);
  const observation = await observeDeployment(request, interruption.signal, ({ secondsLeft, groupsRead }) =>
    line.show('observing', `${Math.ceil(secondsLeft)} s left  ${counted(groupsRead, 'group')} read`, false),
  ).finally(() => line.end());
  return tell(observation, raw, { output, interruption }, places);
}

async function tell(
  observation: Observation,
  raw: Raw,
  { output, interruption }: Pick<ProgramContext, 'output' | 'interruption'>,
  places: string,
): Promise<ExitCode> {
  const { outStyle, show, out } = output;
  const { sendsPerSecond, entriesPerSecond } = observation.figures;
  const hasTraffic = sendsPerSecond.value !== 0 || (entriesPerSecond.value ?? 0) !== 0;
  const profile = workloadOf(observation);
  if (raw.json === true) out(`${JSON.stringify(observationJson(observation, hasTraffic ? profile : null), null, 2)}\n`);
  else show(renderObservation(observation, outStyle));
  if (raw.report !== undefined) {
    await writeReport(raw.report, renderObservationPage(observation, TOOL_VERSION, await pageAssets('report')), RUN_REPORT);
    if (raw.json !== true) show(`\n  ${outStyle.dim(`report: ${raw.report}`)}\n`);
  }
  if (!hasTraffic && interruption.exitCode === null)
    throw new BenchError(
      'invalid',
      `no message was sent through ${places}: there is no workload to write down`,
      'Check --prefix and the Redis, or observe for longer (--for 10m) while the deployment is in use.',
    );
  if (hasTraffic) {
    await writeReport(raw.output, profileText(profile), PROFILE);
    if (raw.json !== true) show(`\n  ${outStyle.dim(`profile: ${raw.output}`)}\n`);
  }
  if (interruption.exitCode !== null) return interruption.exitCode;
  return raw.failOnFindings === true && observation.findings.length > 0 ? EXIT.limitMissed : EXIT.ok;
}
