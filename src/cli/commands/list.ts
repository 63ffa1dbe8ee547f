import type { Command } from 'commander';
import { LAYERS } from '../../core/layer-catalog.ts';
import { renderGroups, renderTable } from '../../report/table.ts';
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
  show(renderTable([[outStyle.dim('scenario'), ''], ...scenarios], ['left', 'left'], outStyle, { wraps: [1] }));
  show('\n');
  const header = ['layer', 'scope', '', 'semantics of'].map((cell) => outStyle.dim(cell));
  show(renderGroups([header, ...layers], ['left', 'left', 'left', 'left'], outStyle, { sizes: [1, 2, 1], wraps: [2] }));
}
