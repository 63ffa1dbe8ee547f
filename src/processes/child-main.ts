import { BenchError } from '../core/errors.ts';
import type { Failed } from './protocol.ts';

type Send<M> = (message: M) => void;

/**
 * Runs a forked role: commands arrive over IPC and are handled one at a time, in order. What a handler throws is sent
 * to the coordinator. When the channel to the coordinator closes, nobody is left to work for, and the process ends.
 */
export function runChild<Command, Message>(
  role: string,
  create: (send: Send<Message | Failed>) => (command: Command, send: Send<Message | Failed>) => void | Promise<void>,
): void {
  process.title = `layerbench ${role}`;
  const send: Send<Message | Failed> = (message) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const fail = (error: unknown): void => send(failure(error));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('disconnect', () => process.exit(0));
  // The coordinator alone decides when a run ends; a terminal's signals are not for its children.
  process.on('SIGINT', () => undefined);
  const handle = create(send);
  let tail = Promise.resolve();
  process.on('message', (command: Command) => {
    tail = tail.then(() => handle(command, send)).catch(fail);
  });
}

function failure(error: unknown): Failed {
  const known = error instanceof BenchError;
  return {
    type: 'failed',
    kind: known ? error.kind : 'bug',
    message: error instanceof Error ? error.message : String(error),
    hint: known ? error.hint : '',
    stack: error instanceof Error ? (error.stack ?? '') : '',
  };
}
