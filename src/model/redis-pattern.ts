/** A text as a pattern of Redis that fits it alone. */
export function escapedPattern(text: string): string {
  return text.replaceAll(/[\\*?[\]^]/g, '\\$&');
}
