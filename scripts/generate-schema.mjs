#!/usr/bin/env node
// Writes result.schema.json from the types of results, which src/result/result-kinds.ts gathers; with --check, only says whether it is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'result.schema.json');

const generator = createGenerator({
  path: join(root, 'src/result/result-kinds.ts'),
  tsconfig: join(root, 'tsconfig.json'),
  type: 'ResultFile',
  additionalProperties: false,
  sortProps: false,
  topRef: true,
  jsDoc: 'extended',
  skipTypeCheck: true,
});
const schema = { title: 'Result file of Layerbench, schema version 1', ...generator.createSchema('ResultFile') };
const text = await format(JSON.stringify(schema), { printWidth: 140, ...(await resolveConfig(target)), parser: 'json' });

if (!process.argv.includes('--check')) {
  await writeFile(target, text);
} else if (text !== (await readFile(target, 'utf8').catch(() => ''))) {
  process.stderr.write('result.schema.json does not match the types of results: run npm run schema\n');
  process.exitCode = 1;
}
