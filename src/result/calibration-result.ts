/** What a machine and a topology can carry with a layer that costs nothing. */
export interface Calibration {
  readonly schemaVersion: 1;
  readonly kind: 'calibration';
  /** Of the host and its Node, whatever Redis it has. */
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly processes: number;
  /** Members of each process' group. */
  readonly membersPerProcess: number;
  readonly payloadBytes: number;
  /** The highest rate of deliveries that was carried, and the lowest that was not; null where none failed. */
  readonly ceiling: { readonly carriedPerSecond: number; readonly failedPerSecond: number | null };
  readonly trials: readonly CalibrationTrial[];
}

export interface CalibrationTrial {
  readonly deliveriesPerSecond: number;
  readonly carried: boolean;
}
