import type { Command } from 'commander';
import { renderExplanation } from '../../report/explanation.ts';
import type { AnyScenario } from '../../model/scenario.ts';
import { runRequests } from '../run-options.ts';
import { applyConfigFile } from '../settings.ts';
import { sayNote } from '../note.ts';
import type { Output } from '../terminal.ts';

/** `bench explain <scenario>`: the Plan and its expected numbers, without running it; takes the flags of `run`. */
export async function explainCommand(command: Command, scenario: AnyScenario, output: Output): Promise<void> {
  await applyConfigFile(command);
  const requests = await runRequests(command, scenario, '', (notice) => sayNote(output, notice));
  const counts = [...new Set(requests.map((request) => request.plan.processes))];
  const layers = [...new Map(requests.map(({ layer }) => [layer.name, layer])).values()];
  for (const processes of counts) {
    const { plan, scenario: chosen } = requests.find((request) => request.plan.processes === processes)!;
    const { name, summary, parameters: specs } = scenario;
    output.show(`${renderExplanation({ name, summary, specs, parameters: chosen.parameters, plan, layers }, output.outStyle)}\n`);
  }
}
