/** A cell; null is an empty one. */
export type CsvCell = string | number | boolean | null;

/** Rows as comma-separated values (RFC 4180, lines ending in LF). Texts stand as they are: no cell is a formula to a parser. */
export function csvText(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(',')}\n`).join('');
}

function cellText(cell: CsvCell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
