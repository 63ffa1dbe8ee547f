const LABEL_LENGTH = 40;

/** Text of a result without marks that turn what stands around it, where nothing else keeps them from that. */
export function withoutTurns(text: string): string {
  return text.replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

/** Text of a result where there is little room, as in a chart: cut, in one line, and without such marks. */
export function labelText(text: string, length: number = LABEL_LENGTH): string {
  const line = withoutTurns(text).replaceAll(/\s+/g, ' ');
  const chars = Array.from(line.slice(0, 4 * length));
  return chars.length <= length ? line : `${chars.slice(0, length - 1).join('')}…`;
}
