import { BenchError } from '../core/errors.ts';
import type { Failed } from './protocol.ts';

type Send<M> = (message: M) => void;

/** Work that goes on after its command's handler has returned, so that the next command can be heard. What it throws, its command has thrown. */
type GoOn = (work: Promise<void>) => void;

type Handler<Command, Message> = (command: Command, send: Send<Message | Failed>, goOn: GoOn) => void | Promise<void>;

/**
 * Runs a forked role: commands arrive over IPC and are handled one at a time, in order. What a handler throws is sent
 * to the coordinator, and so is what anything else throws: no failure is silent. When the channel to the coordinator
 * closes, nobody is left to work for, and the process ends.
 */
export function runChild<Command extends { readonly type: string }, Message>(role: string, create: () => Handler<Command, Message>): void {
  process.title = `layerbench ${role}`;
  const send: Send<Message | Failed> = (message) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const failAt = (during: string | null) => (error: unknown) => send(failure(error, during));
  process.on('uncaughtException', failAt(null));
  process.on('unhandledRejection', failAt(null));
  process.on('disconnect', () => process.exit(0));
  // The coordinator alone decides when a run ends; a terminal's signals are not for its children.
  process.on('SIGINT', () => undefined);
  const handle = create();
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
