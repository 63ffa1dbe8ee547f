import type { ChildProcess } from 'node:child_process';

/**
 * Ends what is left of a child that leads a process group: itself, and what it has started, at once. Its pipes are closed here, since
 * whoever inherited them would keep this process waiting.
 */
export function endGroup({ pid, stdio }: ChildProcess): void {
  if (pid !== undefined) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
  for (const stream of stdio) stream?.destroy();
}
