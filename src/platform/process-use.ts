import pidusage from 'pidusage';

/** What a process has used since it began. */
export interface ProcessUse {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** Of a process that tells nothing of itself; null where it is gone, or the system does not tell. */
export async function processUse(pid: number): Promise<ProcessUse | null> {
  try {
    const { ctime, memory } = await pidusage(pid);
    return { cpuSeconds: ctime / 1000, rssBytes: memory };
  } catch {
    return null;
  }
}
