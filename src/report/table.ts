import { getBorderCharacters, table } from 'table';

export type Alignment = 'left' | 'right';

/** Rows as aligned columns without borders, indented by two. Cells may carry colour codes. Ends with a newline. */
export function renderTable(rows: readonly (readonly string[])[], alignment: readonly Alignment[]): string {
  const text = table(
    rows.map((row) => [...row]),
    {
      border: { ...getBorderCharacters('void'), bodyLeft: '', bodyJoin: '', bodyRight: '' },
      columnDefault: { paddingLeft: 2, paddingRight: 0 },
      columns: Object.fromEntries(alignment.map((side, i) => [i, { alignment: side }])),
      drawHorizontalLine: () => false,
    },
  );
  return text.replaceAll(/[ \t]+$/gm, '');
}
