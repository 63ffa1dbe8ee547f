import type { Interruption } from './errors.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './terminal.ts';
import type { UserScenario } from './user-scenario.ts';

/** What the commands of the program work with. */
export interface ProgramContext {
  readonly output: Output;
  readonly interruption: Interruption;
  /** A scenario of the user's that the command line names. */
  readonly userScenario: UserScenario | null;
  readonly onExit: (code: ExitCode) => void;
}
