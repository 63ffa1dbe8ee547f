import type { Command } from 'commander';
import { groupBy } from '../../model/group-by.ts';
import { LAYERS } from '../../model/layers.ts';
import { defaultText } from '../../model/layer-options.ts';
import { renderGroups, renderTable } from '../../report/table.ts';
import { SCENARIOS } from '../../../scenarios/registry.ts';
import type { Style } from '../../report/style.ts';
import type { Output } from '../terminal.ts';
import type { ProgramContext } from '../program-context.ts';

/** `bench list`: what can be run, over which layers, with which of their options. */
export function addListCommand(command: Command, { output }: ProgramContext): void {
  command.action(() => listCommand(output));
}

function listCommand({ show, outStyle }: Output): void {
  const scenarios = Object.values(SCENARIOS).map((scenario) => [scenario.name, scenario.summary]);
  const layers = Object.values(LAYERS).map((layer) => [layer.name, layer.scope, layer.summary, outStyle.dim(layer.pythonClass)]);
  show(renderTable([[outStyle.dim('scenario'), ''], ...scenarios], ['left', 'left'], outStyle, { wraps: [1] }));
  show('\n');
  const header = ['layer', 'scope', '', 'semantics of'].map((cell) => outStyle.dim(cell));
  show(renderGroups([header, ...layers], ['left', 'left', 'left', 'left'], outStyle, { sizes: [1, 2, 1], wraps: [2] }));
  show('\n');
  const optionHeader = ['--layer-option', 'default', ''].map((cell) => outStyle.dim(cell));
  show(renderTable([optionHeader, ...optionRows(outStyle)], ['left', 'right', 'left'], outStyle, { wraps: [2] }));
}

/** A row for each option; layers that have the same one share it. */
function optionRows(style: Style): readonly (readonly string[])[] {
  const options = Object.values(LAYERS).flatMap((layer) =>
    Object.entries(layer.options).map(([name, spec]) => ({ layer: layer.name, name, spec, key: `${name} ${spec.help}` })),
  );
  return [...groupBy(options, ({ key }) => key).values()].map((alike) => {
    const { name, spec } = alike[0]!;
    const layers = alike.map(({ layer }) => layer).join(', ');
    return [name, defaultText(spec) || 'none', `${spec.help} ${style.dim(`(${layers})`)}`];
  });
}
