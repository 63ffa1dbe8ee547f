import type { LayerName } from '../model/layers.ts';
import type { FigureName } from './figures.ts';
import type { CounterInterval, CounterTotals } from './counters.ts';
import type { Finding, ServerHealth } from './findings.ts';
import type { ObservedFigure } from './observed-figure.ts';

/** What an observation found: figures with their bases, findings, and what a profile is made of. */
export interface Observation {
  readonly layer: LayerName;
  /** For how long counters were read. */
  readonly seconds: number;
  readonly servers: number;
  /** Whether it was ended early. */
  readonly isInterrupted: boolean;
  readonly figures: Readonly<Record<FigureName, ObservedFigure>>;
  /** Groups by size. */
  readonly rows: readonly ObservedRow[];
  readonly options: ObservedOptions;
  readonly findings: readonly Finding[];
}

/** Groups whose sizes are in one octave. */
export interface ObservedRow {
  /** null where members are not known. */
  readonly sizes: readonly [number, number] | null;
  readonly groups: number;
  readonly members: number | null;
  /** To all groups of the row; null where nothing shows how rates depend on sizes. */
  readonly sendsPerSecond: number | null;
}

/** Options of the layer that were seen, or that a configuration names. */
export interface ObservedOptions {
  readonly capacity?: number;
  /** In seconds. */
  readonly expiry?: number;
  /** In seconds. */
  readonly group_expiry?: number;
}

/** Counters of one server. */
export interface ServerReadings {
  readonly totals: CounterTotals;
  readonly intervals: readonly CounterInterval[];
  readonly health: ServerHealth;
  /** The most clients that waited at one of the readings; null where the server does not report it. */
  readonly mostWaiting: number | null;
}
