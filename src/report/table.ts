import { getBorderCharacters, table } from 'table';
import { widthOf, wrapText } from './paragraph.ts';
import type { Style } from './style.ts';

export type Alignment = 'left' | 'right';

/** How a table becomes as narrow as its terminal: columns by their places. */
export interface Fit {
  /** Left out where there is no room, the first first. */
  readonly drops?: readonly number[];
  /** Their cells are then broken into lines. */
  readonly wraps?: readonly number[];
}

type Rows = readonly (readonly string[])[];

const GAP = 2;
/** A cell is not broken into shorter lines than this. */
const LEAST_COLUMNS = 12;

/** Rows as aligned columns without borders, indented by two. Cells may carry colour codes. Ends with a newline. */
export function renderTable(rows: Rows, alignment: readonly Alignment[], { columns }: Pick<Style, 'columns'>, fit: Fit = {}): string {
  let shown = alignment.map((_, place) => place);
  for (const place of fit.drops ?? []) if (tableWidth(rows, shown) > columns) shown = shown.filter((other) => other !== place);
  const widths = wrappedWidths(rows, shown, columns, fit.wraps ?? []);
  const cellOf = (row: readonly string[], place: number): string => {
    const width = widths.get(place);
    return width === undefined ? row[place]! : wrapText(row[place]!, width);
  };
  const text = table(
    rows.map((row) => shown.map((place) => cellOf(row, place))),
    {
      border: { ...getBorderCharacters('void'), bodyLeft: '', bodyJoin: '', bodyRight: '' },
      columnDefault: { paddingLeft: GAP, paddingRight: 0 },
      columns: shown.map((place) => ({ alignment: alignment[place]! })),
      drawHorizontalLine: () => false,
    },
  );
  return text.replaceAll(/[ \t]+$/gm, '');
}

/** Columns that stay together where a table is taken apart. */
export interface Groups {
  /** How many columns name the rows, then how many each group has. */
  readonly sizes: readonly [number, ...number[]];
  readonly wraps?: readonly number[];
}

/**
 * One table where it fits, else several below each other, each with the columns that name the rows and as many groups of the
 * others as fit. Ends with a newline.
 */
export function renderGroups(rows: Rows, alignment: readonly Alignment[], { columns }: Pick<Style, 'columns'>, groups: Groups): string {
  const [names, ...sizes] = groups.sizes;
  const naming = alignment.slice(0, names).map((_, place) => place);
  const tables: number[][] = [[...naming]];
  let next = names;
  for (const size of sizes) {
    const group = alignment.slice(next, next + size).map((_, i) => next + i);
    const last = tables.at(-1)!;
    if (last.length === names || tableWidth(rows, [...last, ...group]) <= columns) last.push(...group);
    else tables.push([...naming, ...group]);
    next += size;
  }
  const of = <T>(places: readonly number[], cells: readonly T[]): readonly T[] => places.map((place) => cells[place]!);
  return tables
    .map((places) =>
      renderTable(
        rows.map((row) => of(places, row)),
        of(places, alignment),
        { columns },
        { wraps: (groups.wraps ?? []).map((place) => places.indexOf(place)) },
      ),
    )
    .join('\n');
}

/** Characters that a table takes with the columns at these places, or with all. */
export function tableWidth(rows: Rows, places: readonly number[] = (rows[0] ?? []).map((_, place) => place)): number {
  return places.reduce((sum, place) => sum + GAP + columnWidth(rows, place), 0);
}

function columnWidth(rows: Rows, place: number): number {
  return Math.max(0, ...rows.map((row) => widthOf(row[place]!)));
}

/** How wide columns that may be broken are, so that the table fits: the widest gives way first. Empty where it fits as it is. */
function wrappedWidths(rows: Rows, shown: readonly number[], columns: number, wraps: readonly number[]): ReadonlyMap<number, number> {
  const widths = new Map(wraps.filter((place) => shown.includes(place)).map((place) => [place, columnWidth(rows, place)]));
  for (let excess = tableWidth(rows, shown) - columns; excess > 0; excess -= 1) {
    const [widest] = [...widths].toSorted(([, a], [, b]) => b - a);
    if (widest === undefined || widest[1] <= LEAST_COLUMNS) break;
    widths.set(widest[0], widest[1] - 1);
  }
  return new Map([...widths].filter(([place, width]) => width < columnWidth(rows, place)));
}
