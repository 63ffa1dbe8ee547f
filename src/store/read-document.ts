import { readFailure, usageError } from '../model/errors.ts';
import { canonicalJson } from '../model/document-text.ts';
import { readText } from '../platform/read-text.ts';

/** Results keep what such a file holds. */
const MAX_BYTES = 64 * 1024;

/** A file of one JSON document: its name in errors, and what to do about an unusable one. */
interface Document {
  readonly what: string;
  readonly remedy: string;
}

/** The JSON document of a small file, as one text whatever its spaces and the order of its keys. Throws a usage error that names the file. */
export async function readDocument(path: string): Promise<string> {
  const document = { what: 'file', remedy: 'Give a file with one JSON document, of 64 KiB at the most.' };
  return canonicalJson(parseDocument(await readDocumentText(path, document), path, document));
}

/** The text of such a file. Throws a usage error where it cannot be read. */
export async function readDocumentText(path: string, { what, remedy }: Document): Promise<string> {
  return readText(path, MAX_BYTES).catch((error: unknown) => {
    throw usageError(`cannot read the ${what} '${path}': ${readFailure(error)}`, remedy, { cause: error });
  });
}

/** A text as JSON; `name` is its name in errors. Throws a usage error for anything else. */
export function parseDocument(text: string, name: string, { remedy }: Document): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message has a piece of the text in it, which may be that of any file.
    throw usageError(`'${name}' is not a whole JSON document`, remedy, { cause: error });
  }
}
