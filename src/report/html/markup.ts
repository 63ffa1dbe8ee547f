/*
 * The one place where text becomes HTML. Everything that is put into the tagged template `html` is escaped, unless it is
 * HTML already; nothing else in the report makes HTML of strings. Attributes are always written in double quotes.
 */

/** HTML that is known to be safe: made by `html`, or said to be by `verbatim`. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template; null, undefined and false are nothing. */
export type Content = Html | string | number | null | undefined | false | readonly Content[];

/** A template whose values are escaped. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = strings[0]!;
  for (const [i, value] of values.entries()) text += textOf(value) + strings[i + 1]!;
  return new Html(text);
}

/** Text that stands as it is: the report's own style and script. Never of a result. */
export function verbatim(text: string): Html {
  return new Html(text);
}

/** Data for the page's script, in an element of its own. Nothing in it can end that element. */
export function jsonElement(data: unknown): Html {
  const text = JSON.stringify(data).replaceAll(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return new Html(`<script type="application/json">${text}</script>`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function textOf(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(textOf).join('');
  return typeof value === 'number' ? String(value) : escape(value as string);
}

/** Without any of these, a text is HTML as it stands. */
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/;

/** Control characters have no place in HTML, and lone halves of a pair none in UTF-8. */
function escape(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char]!).replaceAll(/(?![\t\n])[\p{Cc}\p{Cs}]/gu, '\ufffd');
}

/** Longer texts may break, and scroll where they are very long. */
const LONG_TEXT = 48;

/** Text of a result within a line of the report: it has its own direction, and changes that of nothing around it. */
export function bdi(text: string): Html {
  return text.length > LONG_TEXT ? html`<bdi class="long">${text}</bdi>` : html`<bdi>${text}</bdi>`;
}
