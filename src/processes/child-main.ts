import { BenchError } from '../model/errors.ts';
import type { Numbered, Said } from './ipc.ts';
import type { Failed } from './protocol.ts';

type Say<M> = (message: M) => void;

/** Work that goes on after its command's handler has returned, so that the next command can be heard. What it throws, its command has thrown. */
type GoOn = (work: Promise<void>) => void;

/** What a forked process does. */
export interface Role<Command, Message> {
  readonly handle: (command: Command, answer: Say<Message>, goOn: GoOn) => void | Promise<void>;
  /** Leaves others in peace, soon, when there is nobody left to work for. */
  readonly end?: () => Promise<void>;
}

/**
 * Runs a forked role: commands arrive over IPC and are handled one at a time, in order. What a handler throws is sent
 * to the coordinator as the answer to its command, and so is what anything else throws, or gives to `fail`: no failure is silent.
 * `tell` is for what nobody has asked for. When the channel to the
 * coordinator closes, nobody is left to work for, and the process ends.
 */
export function runChild<Command extends { readonly type: string }, Message>(
  role: string,
  create: (fail: (error: unknown) => void, tell: Say<Message>) => Role<Command, Message>,
): void {
  process.title = `layerbench ${role}`;
  const say = (said: Said<Message | Failed>): void => {
    if (process.connected) process.send?.(said, undefined, undefined, () => undefined);
  };
  const fail = (error: unknown): void => say({ to: null, message: failure(error, null) });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // The coordinator alone decides when a run ends; a terminal's signals are not for its children.
  process.on('SIGINT', () => undefined);
  const { handle, end = () => Promise.resolve() } = create(fail, (message) => say({ to: null, message }));
  process.on('disconnect', () => void end().finally(() => process.exit(0)));
  let tail = Promise.resolve();
  process.on('message', ({ id, command }: Numbered<Command>) => {
    const answer = (message: Message): void => say({ to: id, message });
    const failed = (error: unknown): void => say({ to: id, message: failure(error, command.type) });
    tail = tail.then(() => handle(command, answer, (work) => void work.catch(failed))).catch(failed);
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
