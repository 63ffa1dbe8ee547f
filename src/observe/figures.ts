import { formatBytes, formatCount, formatMs, formatNumber, formatPerSecond } from '../model/units.ts';

/* The figures of an observation, in the order in which they are shown. */

export type FigureName =
  | 'processes'
  | 'connections'
  | 'groups'
  | 'memberships'
  | 'groupSizeP50'
  | 'groupSizeP90'
  | 'groupSizeMax'
  | 'sendsPerSecond'
  | 'deliveriesPerSecond'
  | 'messageBytes'
  | 'entriesPerSecond'
  | 'lostPerSecond'
  | 'joinsPerSecond'
  | 'leavesPerSecond'
  | 'dispersion'
  | 'capacity'
  | 'groupExpirySeconds';

export interface FigureRow {
  readonly label: string;
  readonly format: (value: number) => string;
}

const perSecond = (value: number): string => formatPerSecond(value);
const members = (value: number): string => `${formatCount(value)} members`;

export const FIGURES: Readonly<Record<FigureName, FigureRow>> = {
  processes: { label: 'server processes', format: formatCount },
  connections: { label: 'connections in groups', format: formatCount },
  groups: { label: 'groups', format: formatCount },
  memberships: { label: 'memberships', format: formatCount },
  groupSizeP50: { label: 'group size, median', format: members },
  groupSizeP90: { label: 'group size, p90', format: members },
  groupSizeMax: { label: 'group size, largest', format: members },
  sendsPerSecond: { label: 'sends to groups', format: perSecond },
  deliveriesPerSecond: { label: 'deliveries to members', format: perSecond },
  messageBytes: { label: 'message, mean', format: (value) => formatBytes(value) },
  entriesPerSecond: { label: 'queue entries', format: perSecond },
  lostPerSecond: { label: 'queue entries lost', format: perSecond },
  joinsPerSecond: { label: 'joins', format: perSecond },
  leavesPerSecond: { label: 'leaves', format: perSecond },
  dispersion: { label: 'variance ÷ mean of sends', format: (value) => formatNumber(value, 2) },
  capacity: { label: 'capacity of queues', format: formatCount },
  groupExpirySeconds: { label: 'group_expiry', format: (value) => formatMs(value * 1000) },
};
