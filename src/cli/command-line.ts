import { CommanderError } from 'commander';
import { usageError } from '../model/errors.ts';
import { UnreadableHistogram } from '../stats/unreadable-histogram.ts';
import { quoted } from '../model/secret.ts';
import type { Interruption } from './errors.ts';
import { EXIT, exitCodeOfError, type ExitCode } from './exit-codes.ts';
import { buildProgram, commanderExitCode, VERB_NAMES, verbIn } from './program.ts';
import type { Output } from './terminal.ts';
import { findUserScenario } from './user-scenario.ts';

/** One command line to its end: what went wrong is told, and never thrown. */
export async function runCommandLine(argv: readonly string[], output: Output, interruption: Interruption): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  try {
    const userScenario = await findUserScenario(argv, process.cwd());
    const program = await buildProgram({ output, interruption, userScenario, onExit: (value) => (code = value) }, verbIn(argv));
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return report(error, output, argv.includes('--debug'));
  }
}

/** Says what went wrong; help and version, which commander throws too, have said it all. */
async function report(error: unknown, output: Output, debug: boolean): Promise<ExitCode> {
  const isMisread = error instanceof CommanderError;
  if (isMisread && commanderExitCode(error) === EXIT.ok) return EXIT.ok;
  const failure = isMisread ? usageError(sayMisread(error), hintOf(error)) : asFailure(error);
  const { printError } = await import('./errors.ts');
  printError(failure, output, debug && !isMisread);
  return isMisread ? commanderExitCode(error) : exitCodeOfError(failure);
}

/** What the pure parts throw, of a file of the user's, as an error that says what to do next. */
function asFailure(error: unknown): unknown {
  if (!(error instanceof UnreadableHistogram)) return error;
  return usageError(error.message, 'Give result files as bench wrote them.', { cause: error });
}

/** What commander found wrong. Of a word that it does not know, only what can hold no login is told. */
function sayMisread({ code, message }: CommanderError): string {
  const [, what, word] = /^error: (unknown option|unknown command) '([\s\S]*)'(?:\n|$)/.exec(message) ?? [];
  if (what === undefined) return message.replace(/^error: /, '');
  const known = code === 'commander.unknownOption' ? word!.split('=', 1)[0]! : word!;
  const meant = /\n\(Did you mean [^\n]*\)$/.exec(message)?.[0] ?? '';
  return `${what}${quoted(known)}${meant}`;
}

/** What there is, where a word is none of it. */
function hintOf({ code }: CommanderError): string {
  return code === 'commander.unknownCommand' ? `There are: ${VERB_NAMES.join(', ')}. See \`bench --help\`.` : 'See `bench --help`.';
}
