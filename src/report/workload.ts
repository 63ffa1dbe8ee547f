import type { WorkloadProfile } from '../model/workload.ts';
import { formatBytes, formatCount, formatMs, formatNumber, formatPerSecond } from '../model/units.ts';
import { UNKNOWN, ROW_HEADER, rowCells } from './observation-cells.ts';
import { paragraph } from './paragraph.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** A workload profile as text for a terminal. Ends with a newline. */
export function renderWorkload(profile: WorkloadProfile, style: Style): string {
  const { observed, groups, basis } = profile;
  const from = `${observed.layer ?? 'a layer'}, ${formatMs(observed.seconds * 1000)}, from ${observed.from.join(' and ')}`;
  const rows = lines(profile).map(([label, value, found]) => [label, style.bold(value ?? UNKNOWN), value === null ? 'not seen' : found]);
  const table = renderTable(rows, ['left', 'right', 'left'], style);
  const sizes =
    groups.length === 0
      ? ''
      : `\n${renderTable([ROW_HEADER.map((cell) => style.dim(cell)), ...groups.map(rowCells)], ['left', 'right', 'right', 'right'], style)}`;
  const deliveries = `deliveries are ${basis.deliveriesPerSecond ?? 'not known'}`;
  return `${paragraph('', `${style.bold('workload')} of ${from}; ${deliveries}`, style)}\n${table}${sizes}`;
}

type Line = readonly [label: string, value: string | null, basis: string];

function lines({ groups, messages, basis, ...profile }: WorkloadProfile): readonly Line[] {
  const text = (value: number | null, format: (value: number) => string): string | null => (value === null ? null : format(value));
  const rates = groups.map(({ sendsPerSecond }) => sendsPerSecond);
  const sends = rates.includes(null) ? null : rates.reduce((sum: number, rate) => sum + (rate ?? 0), 0);
  const { capacity, expiry, group_expiry: groupExpiry } = profile.options;
  const seconds = (value: number): string => formatMs(value * 1000);
  return [
    ['server processes', text(profile.processes, formatCount), ''],
    ['connections', text(profile.connections, formatCount), ''],
    ['groups', formatCount(groups.reduce((sum, row) => sum + row.groups, 0)), ''],
    ['memberships', text(profile.memberships, formatCount), ''],
    ['sends to groups', text(sends, (value) => formatPerSecond(value)), basis.sendsPerSecond ?? ''],
    [
      'message, mean',
      text(messages?.mean ?? null, (value) => formatBytes(value)),
      basis.messages === 'assumed' ? 'sizes around it are assumed' : (basis.messages ?? ''),
    ],
    ['joins', text(profile.joinsPerSecond, (value) => formatPerSecond(value)), ''],
    ['leaves', text(profile.leavesPerSecond, (value) => formatPerSecond(value)), ''],
    ['direct sends', text(profile.directSendsPerSecond, (value) => formatPerSecond(value)), ''],
    ['variance ÷ mean of sends', text(profile.dispersion, (value) => formatNumber(value, 2)), ''],
    ['capacity', text(capacity ?? null, formatCount), ''],
    ['expiry', text(expiry ?? null, seconds), ''],
    ['group_expiry', text(groupExpiry ?? null, seconds), ''],
  ];
}
