import { LAYERS } from '../../core/layer-catalog.ts';
import { renderTable } from '../../report/table.ts';
import { SCENARIOS } from '../../../scenarios/registry.ts';
import type { Output } from '../terminal.ts';

/** `bench list`: what can be run, over which layers. */
export function listCommand({ out, outStyle }: Output): void {
  const scenarios = Object.values(SCENARIOS).map((scenario) => [scenario.name, scenario.summary]);
  const layers = Object.values(LAYERS).map((layer) => [layer.name, layer.scope, layer.summary, outStyle.dim(layer.backend)]);
  out(renderTable([[outStyle.dim('scenario'), ''], ...scenarios], ['left', 'left']));
  out('\n');
  out(renderTable([['layer', 'scope', '', 'semantics of'].map(outStyle.dim), ...layers], ['left', 'left', 'left', 'left']));
}
