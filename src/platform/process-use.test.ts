import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { processUse } from './process-use.ts';

it('tells the CPU time and the memory of a process, and that it is gone', async () => {
  const burn =
    'const from = process.cpuUsage(); while (process.cpuUsage(from).user < 300_000); console.log("burnt"); setInterval(() => 0, 1e6)';
  const child = spawn(process.execPath, ['-e', burn], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const use = (await processUse(child.pid!))!;
  expect(use.cpuSeconds).toBeGreaterThan(0.25);
  expect(use.rssBytes).toBeGreaterThan(10 * 1024 * 1024);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await processUse(child.pid!)).toBeNull();
});
