import type { ChildProcess } from 'node:child_process';

/**
 * Ends what is left of a child that leads a process group: itself, and what it has started, at once. Its pipes are closed here, since
 * whoever inherited them would keep this process waiting.
 */
export function endGroup({ pid, stdio }: ChildProcess): void {
  if (pid !== undefined) killGroup(pid);
  for (const stream of stdio) stream?.destroy();
}

/** Kills all of a process group, by the pid of its leader. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
