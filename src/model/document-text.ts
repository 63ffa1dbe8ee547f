import { hash32 } from './random.ts';

/** Longer documents are not shown whole. */
const MOST_CHARACTERS = 40;

/** Whether a value of a parameter is a JSON document that a file held. */
function isDocument(text: string): boolean {
  return /^[{[]/.test(text);
}

/** A value as people see it: a document of many characters by its format and a digest, such as `layerbench-workload/1 4f1c09ab`. */
export function documentText(text: string): string {
  if (!isDocument(text) || text.length <= MOST_CHARACTERS) return text;
  const [, format = 'JSON'] = /^\{"format":"([\w./-]{1,40})"/.exec(text) ?? [];
  return `${format} ${digest(text)}`;
}

/** A JSON value as one text, whatever the order of its keys was. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function digest(text: string): string {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = hash32(hash, text.charCodeAt(at), at);
  return hash.toString(16).padStart(8, '0');
}
