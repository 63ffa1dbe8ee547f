import type { Command } from 'commander';
import { LAYERS } from '../../core/layer-catalog.ts';
import { renderTable } from '../../report/table.ts';
import { SCENARIOS } from '../../../scenarios/registry.ts';
import type { Output } from '../terminal.ts';
import type { ProgramContext } from '../program-context.ts';

/** `bench list`: what can be run, over which layers. */
export function addListCommand(program: Command, { output }: ProgramContext): void {
  program
    .command('list')
    .description('scenarios and layers')
    .action(() => listCommand(output));
}

function listCommand({ show, outStyle }: Output): void {
  const scenarios = Object.values(SCENARIOS).map((scenario) => [scenario.name, scenario.summary]);
  const layers = Object.values(LAYERS).map((layer) => [layer.name, layer.scope, layer.summary, outStyle.dim(layer.backend)]);
  show(renderTable([[outStyle.dim('scenario'), ''], ...scenarios], ['left', 'left']));
  show('\n');
  show(renderTable([['layer', 'scope', '', 'semantics of'].map(outStyle.dim), ...layers], ['left', 'left', 'left', 'left']));
}
