const LABEL_LENGTH = 40;

/** Text of a result where there is little room, as in a chart: cut, in one line, and without marks that turn its surroundings. */
export function labelText(text: string, length: number = LABEL_LENGTH): string {
  const line = text.replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').replaceAll(/\s+/g, ' ');
  const chars = Array.from(line.slice(0, 4 * length));
  return chars.length <= length ? line : `${chars.slice(0, length - 1).join('')}…`;
}
