import type { ResultFile, ResultsByKind } from '../result/result-kinds.ts';
import type { Latencies } from '../result/run-result.ts';

/** What is to be shown, by time, and how. */
export interface ExportInput extends ResultsByKind {
  /** The latency that a single distribution is of. */
  readonly series: keyof Latencies;
  /** What a text for people may take, in UTF-8. */
  readonly maxBytes: number;
}

/** A file as it is to be written. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

/** Files, none where there was nothing to write, and what is not in them, in a sentence each. */
export interface Exported {
  readonly files: readonly ExportedFile[];
  readonly notes: readonly string[];
}

/** A format of another tool. */
export interface ExportFormat {
  /** What it is for, in a few words. */
  readonly summary: string;
  readonly shows: readonly ResultFile['kind'][];
  /** Whether its numbers go where nobody sees that they are not to be trusted, so that invalid runs are refused. */
  readonly isTracker: boolean;
  readonly render: (input: ExportInput) => Exported;
}
