const KEPT_LENGTH = 200;
/* eslint-disable no-control-regex -- they are what is looked for */
/** C0 and C1 controls, and what turns the direction of a line. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text of somebody else's, such as a server's, as one line that a terminal only shows: control codes are written out
 * (`\u001b`), and what is beyond 200 characters is left out.
 */
export function printable(text: string): string {
  const shown = text.length > KEPT_LENGTH ? `${text.slice(0, KEPT_LENGTH)}…` : text;
  return shown.replaceAll(CONTROLS, (code) => `\\u${code.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As `printable`, line by line. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => printable(line))
    .join('\n');
}
