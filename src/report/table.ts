import { getBorderCharacters, table } from 'table';

export type Alignment = 'left' | 'right';

/**
 * Rows as aligned columns without borders, indented by two. Cells may carry colour codes. `wrapAt`: the last column is broken
 * into lines of so many characters. Ends with a newline.
 */
export function renderTable(rows: readonly (readonly string[])[], alignment: readonly Alignment[], wrapAt?: number): string {
  const text = table(
    rows.map((row) => [...row]),
    {
      border: { ...getBorderCharacters('void'), bodyLeft: '', bodyJoin: '', bodyRight: '' },
      columnDefault: { paddingLeft: 2, paddingRight: 0 },
      columns: Object.fromEntries(
        alignment.map((side, i) => [
          i,
          { alignment: side, ...(wrapAt !== undefined && i === alignment.length - 1 ? { width: wrapAt + 2, wrapWord: true } : {}) },
        ]),
      ),
      drawHorizontalLine: () => false,
    },
  );
  return text.replaceAll(/[ \t]+$/gm, '');
}
