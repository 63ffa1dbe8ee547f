import { canonicalWorkload } from '../model/workload.ts';
import type { FileContent } from '../model/parameters.ts';
import { readDocument } from '../store/read-document.ts';
import { readWorkload } from '../store/read-workload.ts';

/** By what a file holds: its path → the value of the parameter, as canonical JSON. Throws usage errors. */
const READERS: Readonly<Record<FileContent, (path: string) => Promise<string>>> = {
  json: readDocument,
  workload: async (path) => canonicalWorkload(await readWorkload(path)),
};

/** What a file holds, in a word or two, for help. */
export const FILE_CONTENTS: Readonly<Record<FileContent, string>> = { json: 'a JSON document', workload: 'a workload profile' };

export function readParameterFile(holds: FileContent, path: string): Promise<string> {
  return READERS[holds](path);
}
