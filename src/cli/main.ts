#!/usr/bin/env node
import { CommanderError } from 'commander';
import { environmentError, usageError } from '../core/errors.ts';
import { quoted } from '../core/secret.ts';
import { printError, type Interruption } from './errors.ts';
import { EXIT, exitCodeOfError, type ExitCode } from './exit-codes.ts';
import { buildProgram, commanderExitCode, VERB_NAMES } from './program.ts';
import { findUserScenario } from './user-scenario.ts';
import { terminalOutput } from './terminal.ts';

/** Entry of the `bench` command: argv in, exit code out. */
const argv = process.argv.slice(2);
const output = terminalOutput(process.env, argv);

process.exitCode = await main();

async function main(): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const interruption = listen();
  try {
    const userScenario = await findUserScenario(argv, process.cwd());
    const program = await buildProgram({ output, interruption, userScenario, onExit: (value) => (code = value) }, argv);
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      const exit = commanderExitCode(error);
      if (exit !== EXIT.ok) printError(usageError(sayMisread(error), hintOf(error)), output, false);
      return exit;
    }
    printError(error, output, argv.includes('--debug'));
    return exitCodeOfError(error);
  }
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

/** First signal: stop sending, drain, write. Second: exit now; the warden removes what is left. */
function listen(): Interruption {
  const stop = new AbortController();
  let exitCode: ExitCode | null = null;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const code = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    process.on(signal, () => {
      if (exitCode !== null) process.exit(code);
      exitCode = code;
      stop.abort();
    });
  }
  // A reader that has gone away (`bench … | head`) is no error, and ends no run: results are files.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    printError(
      environmentError(`cannot write the output: ${error.message}`, 'Send it somewhere that takes it.', { cause: error }),
      output,
      false,
    );
    process.exit(EXIT.environment);
  });
  process.stderr.on('error', () => undefined);
  return {
    signal: stop.signal,
    get exitCode() {
      return exitCode;
    },
  };
}
