import { environmentError, type BenchError } from '../model/errors.ts';
import { printable } from '../model/printable.ts';

/*
 * What drivers and servers say to each other over WebSockets: text operations and their answers. Frames are binary; see
 * docs/protocol.md for the whole of it.
 */

/** Version of the client protocol; `hello` carries it. */
export const PROTOCOL_VERSION = 2;

/** Text operations of a client. The server answers each, `join` and `leave` once the layer has done it. */
export type ClientOperation =
  | { readonly op: 'join'; readonly group: string }
  | { readonly op: 'leave'; readonly group: string }
  | { readonly op: 'pause' }
  | { readonly op: 'resume' }
  /** What this client publishes to a group from now on goes to one channel, by `send`, and asks for a reply. */
  | { readonly op: 'direct'; readonly group: string; readonly channel: string }
  /** This consumer replies to every message that asks for it. */
  | { readonly op: 'echo' }
  /** Whether a page of this process has begun a session. */
  | { readonly op: 'session'; readonly id: string };

/** Text messages of a server. */
export type ServerAnswer =
  | { readonly op: 'hello'; readonly protocol: number; readonly processIndex: number; readonly pid: number; readonly channel: string }
  | { readonly op: 'joined'; readonly group: string }
  | { readonly op: 'left'; readonly group: string }
  | { readonly op: 'paused' }
  | { readonly op: 'resumed' }
  | { readonly op: 'directed'; readonly group: string }
  | { readonly op: 'echoing' }
  | { readonly op: 'session'; readonly known: boolean }
  /** A publish that failed: it reached nobody. */
  | {
      readonly op: 'refused';
      readonly epoch: number;
      /** Left out by a server that does not tell runs apart. */
      readonly run?: number;
      readonly sender: number;
      readonly seq: number;
      readonly reason: string;
    }
  | { readonly op: 'failed'; readonly reason: string };

/** Path of the WebSocket of one run. Its HTTP is below it, so that it stands in the way of no path of an application. */
export function socketPath(runId: string): string {
  return `/bench/${runId}`;
}

/** Why a server that speaks another version cannot be measured, and what to do. `server` is how it is called: a URL, a label. */
export function otherProtocol(server: string, version: unknown): BenchError {
  return environmentError(
    `${server} speaks version ${printable(String(version))} of the client protocol, and this bench speaks version ${PROTOCOL_VERSION}`,
    `Remove its layerbench_consumer.py and run \`bench init django\` again: that writes the consumer of this bench. For a server of your own, docs/protocol.md says what is different.`,
  );
}

/** Name in the layer of the group with an index in the frame. */
export function groupName(index: number): string {
  return `g${index}`;
}
