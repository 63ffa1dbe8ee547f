import type { FramesOf } from '../ledger/evidence.ts';
import type { ServersUnderTest } from './systems/server-under-test.ts';

/** How many of these messages the servers say that they hold. null where one gives no answer: it may hold something. */
export async function countHeld(servers: ServersUnderTest, of: FramesOf): Promise<number | null> {
  const reports = await Promise.all(
    servers.members.map(({ index }) => servers.report(index, Number.MAX_SAFE_INTEGER, of).catch(() => null)),
  );
  if (reports.includes(null)) return null;
  return reports.reduce((sum, report) => sum + report!.held.filter((frame) => !frame.expired).length, 0);
}
