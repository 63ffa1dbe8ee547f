/** Characters that mean something to Markdown or HTML wherever they stand. */
const MEANINGFUL = /[\\`*[\]|~$<>&"]/g;

/** Any text as Markdown that shows it as it is, on one line: fit for a heading, a table's cell and an HTML element. */
export function markdownText(text: string): string {
  return (
    text
      .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
      .trim()
      .replaceAll(MEANINGFUL, (character) => `&#${character.codePointAt(0)!};`)
      // Within a word an underscore is one; at its edge it would emphasise.
      .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '&#95;')
  );
}
