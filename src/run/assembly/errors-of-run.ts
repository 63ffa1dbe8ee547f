import type { AccountInput } from '../../ledger/account.ts';
import { mergeErrors, type ErrorCount } from '../../ledger/error-tally.ts';
import { commonText } from '../../model/error-text.ts';
import type { Evidence } from '../../ledger/evidence.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { SentEvidence } from '../../ledger/sent-evidence.ts';
import type { DriverReport } from '../../processes/protocol.ts';

/** What drivers were told of refusals and of ends of sockets, and servers of replies and of their backends. */
export function errorsOfRun(
  reports: readonly DriverReport[],
  told: readonly SentEvidence[],
  account: Pick<AccountInput, 'dueNs'>,
  startNs: number,
): Pick<RunResult, 'errors'> {
  const ofServers = told.flatMap(({ evidence }) => evidence.flatMap((entry) => countOf(entry, account) ?? []));
  const errors = mergeErrors([...reports.flatMap((report) => report.errors), ...ofServers], startNs);
  return errors.length === 0 ? {} : { errors };
}

/** null for evidence that says nothing in words, or says it a second time. */
function countOf(entry: Evidence, { dueNs }: Pick<AccountInput, 'dueNs'>): ErrorCount | null {
  if (!('reason' in entry) || entry.reason === undefined) return null;
  const text = commonText(entry.reason);
  if (entry.kind === 'outage')
    return entry.toNs === null ? { cause: 'backendLost', text, count: 1, fromNs: entry.fromNs, toNs: entry.fromNs } : null;
  const { sender, from, to } = entry;
  const due = dueNs(sender);
  return { cause: 'refused', text, count: to - from, fromNs: due[from]!, toNs: due[to - 1]! };
}
