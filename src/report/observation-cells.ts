import { formatCount, formatPerSecond } from '../model/units.ts';
import { FIGURES, type FigureName } from '../observe/figures.ts';
import type { Observation } from '../observe/observation.ts';
import type { ObservedFigure } from '../observe/observed-figure.ts';

/* Cells of the tables of an observation, for a terminal and for a page. */

export const UNKNOWN = '–';
export const FIGURE_HEADER: readonly string[] = ['', '', 'between', 'basis'];
export const ROW_HEADER: readonly string[] = ['members of a group', 'groups', 'members', 'sends to them'];

type FigureCells = readonly [label: string, value: string, interval: string, basis: string];

/** A row for each figure; of an unknown one, the reason stands in the place of its basis. */
export function figureRows(figures: Observation['figures']): readonly FigureCells[] {
  return (Object.keys(FIGURES) as FigureName[]).map((name) => {
    const { label, format } = FIGURES[name];
    const figure = figures[name];
    if (figure.value === null) return [label, UNKNOWN, '', figure.reason];
    return [label, format(figure.value), intervalText(figure, format), figure.basis];
  });
}

/** `35.2/s and 37/s`; empty where a figure is exact. */
function intervalText(figure: ObservedFigure, format: (value: number) => string): string {
  if (figure.value === null || (figure.low === figure.value && figure.high === figure.value)) return '';
  const [low, high] = [format(figure.low), Number.isFinite(figure.high) ? format(figure.high) : 'any'];
  return low === high ? '' : `${low} and ${high}`;
}

/** Groups of about one size, as an observation and a profile have them. */
interface SizedRow {
  readonly sizes: readonly [number, number] | null;
  readonly groups: number;
  readonly members: number | null;
  readonly sendsPerSecond: number | null;
}

export function rowCells({ sizes, groups, members, sendsPerSecond }: SizedRow): readonly string[] {
  return [
    sizes === null ? UNKNOWN : sizes[0] === sizes[1] ? formatCount(sizes[0]) : `${formatCount(sizes[0])} to ${formatCount(sizes[1])}`,
    formatCount(groups),
    members === null ? UNKNOWN : formatCount(members),
    sendsPerSecond === null ? UNKNOWN : formatPerSecond(sendsPerSecond),
  ];
}
