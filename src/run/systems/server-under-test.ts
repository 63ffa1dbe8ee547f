import type { FramesOf, ServerReport } from '../../ledger/evidence.ts';
import type { LayerInUse } from '../../model/layer-in-use.ts';
import type { ServerSummary } from '../../result/run-result.ts';
import type { ChildExit } from '../child.ts';

/**
 * The port through which the coordinator sees the servers under test, whatever they are written in. What it needs of
 * a server beyond the client protocol is its lifecycle and `GET report`.
 */
export interface ServersUnderTest extends AsyncDisposable {
  readonly kind: ServerSummary['kind'];
  /** One a process, in order of the process index. */
  readonly members: readonly ServerMember[];
  /** Where clients of any process connect, when all accept from one socket; null where each has its own. */
  readonly sharedAddress: string | null;
  /** The layer that they say they use; null where they do not. */
  readonly layerInUse: LayerInUse | null;
  /** The measure phase begins: the use of event loops counts from here. Totals need not: see UseAccount. */
  mark(): Promise<void>;
  /**
   * Evidence after entry `after`, counters and health of one process, and which of the frames `held` it still holds; null for
   * none. Rejects when it does not answer.
   */
  report(index: number, after: number, held: FramesOf | null): Promise<ServerReport>;
  /** Ends one process at once, and starts another in its place, at the same address. Resolves when it listens. */
  killAndRestart(index: number): Promise<void>;
  signal(index: number, signal: NodeJS.Signals): void;
  /** A stamp of one process' clock, ns. */
  clock(index: number): Promise<number>;
}

export interface ServerMember {
  readonly index: number;
  readonly kind: string;
  readonly version: string;
  /** `wss` where it speaks TLS. */
  readonly scheme: 'ws' | 'wss';
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly pid: number;
}

/** Called when a process of the run ends before it was told to. */
export type ExitListener = (label: string, index: number, exit: ChildExit) => void;

/** Called when a process of the run tells of an error that it could not deal with. */
export type FailureListener = (label: string, index: number, error: Error) => void;
