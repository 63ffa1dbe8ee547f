import { BenchError } from '../model/errors.ts';
import type { Failed } from './protocol.ts';

type Send<M> = (message: M) => void;

/** Work that goes on after its command's handler has returned, so that the next command can be heard. What it throws, its command has thrown. */
type GoOn = (work: Promise<void>) => void;

/** What a forked process does. */
export interface Role<Command, Message> {
  readonly handle: (command: Command, send: Send<Message | Failed>, goOn: GoOn) => void | Promise<void>;
  /** Leaves others in peace, soon, when there is nobody left to work for. */
  readonly end?: () => Promise<void>;
}

/**
 * Runs a forked role: commands arrive over IPC and are handled one at a time, in order. What a handler throws is sent
 * to the coordinator, and so is what anything else throws, or gives to `fail`: no failure is silent. When the channel to the
 * coordinator closes, nobody is left to work for, and the process ends.
 */
export function runChild<Command extends { readonly type: string }, Message>(
  role: string,
  create: (fail: (error: unknown) => void) => Role<Command, Message>,
): void {
  process.title = `layerbench ${role}`;
  const send: Send<Message | Failed> = (message) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const failAt = (during: string | null) => (error: unknown) => send(failure(error, during));
  process.on('uncaughtException', failAt(null));
  process.on('unhandledRejection', failAt(null));
  // The coordinator alone decides when a run ends; a terminal's signals are not for its children.
  process.on('SIGINT', () => undefined);
  const { handle, end = () => Promise.resolve() } = create(failAt(null));
  process.on('disconnect', () => void end().finally(() => process.exit(0)));
  let tail = Promise.resolve();
  process.on('message', (command: Command) => {
    const fail = failAt(command.type);
    tail = tail.then(() => handle(command, send, (work) => void work.catch(fail))).catch(fail);
  });
}

function failure(error: unknown, during: string | null): Failed {
  const known = error instanceof BenchError;
  return {
    type: 'failed',
    during,
    kind: known ? error.kind : 'bug',
    message: error instanceof Error ? error.message : String(error),
    hint: known ? error.hint : '',
    stack: error instanceof Error ? (error.stack ?? '') : '',
  };
}
