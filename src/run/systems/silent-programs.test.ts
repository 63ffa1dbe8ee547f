import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../platform/free-port.ts';
import { OutsideProcess } from './outside-process.ts';
import { findPython } from './python.ts';
import { ServerClient } from './server-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerbench-silent-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that never says anything, and does not heed a polite end. */
const silent = join(folder, 'silent');
writeFileSync(silent, `#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n`);
chmodSync(silent, 0o755);

describe('a program that says nothing', () => {
  it('is named where it is a Python', async () => {
    await expect(findPython(silent, 300)).rejects.toMatchObject({
      kind: 'environment',
      message: `${silent} gave no answer within 0.3 s`,
      hint: expect.stringContaining('--python'),
    });
  });

  it('is named where it is a server', async () => {
    const server = new OutsideProcess({ label: 'daphne 1', command: [silent], folder, environment: process.env });
    using client = new ServerClient(`http://127.0.0.1:${await freePort()}`, 'run');
    await expect(server.answering(client, () => true, 300)).rejects.toMatchObject({
      kind: 'environment',
      message: 'daphne 1 gave no answer to GET /bench/<run>/health within 0.3 s, in phase start',
      hint: 'It said nothing.',
    });
    await server.stop(0);
    expect(server.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
