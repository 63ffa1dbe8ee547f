#!/usr/bin/env node
// Writes the shipped JSON Schemas from the types of the files; with --check, only reports whether they are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

const root = fileURLToPath(new URL('..', import.meta.url));

const SCHEMAS = [
  {
    file: 'result.schema.json',
    title: 'Result file of Layerbench, schema version 1',
    path: 'src/result/result-kinds.ts',
    type: 'ResultFile',
  },
  {
    file: 'workload.schema.json',
    title: 'Workload profile of Layerbench, layerbench-workload/1',
    path: 'src/model/workload.ts',
    type: 'WorkloadProfile',
  },
];

for (const { file, title, path, type } of SCHEMAS) {
  const target = join(root, file);
  const generator = createGenerator({
    path: join(root, path),
    tsconfig: join(root, 'tsconfig.json'),
    type,
    additionalProperties: false,
    sortProps: false,
    topRef: true,
    jsDoc: 'extended',
    skipTypeCheck: true,
  });
  const schema = { title, ...generator.createSchema(type) };
  const text = await format(JSON.stringify(schema), { printWidth: 140, ...(await resolveConfig(target)), parser: 'json' });
  if (!process.argv.includes('--check')) {
    await writeFile(target, text);
  } else if (text !== (await readFile(target, 'utf8').catch(() => ''))) {
    process.stderr.write(`${file} does not match its types: run npm run schema\n`);
    process.exitCode = 1;
  }
}
