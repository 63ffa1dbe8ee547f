#!/usr/bin/env node
import { environmentError } from '../model/errors.ts';
import { runCommandLine } from './command-line.ts';
import type { Interruption } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { terminalOutput } from './terminal.ts';

/** Entry of the `bench` command: argv in, exit code out. */
const argv = process.argv.slice(2);
const output = terminalOutput(process.env, argv);

process.exitCode = await runCommandLine(argv, output, listen());

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
    if (error.code !== 'EPIPE') void endUnread(error);
  });
  process.stderr.on('error', () => undefined);
  return {
    signal: stop.signal,
    get exitCode() {
      return exitCode;
    },
  };
}

/** What was asked for cannot be written anywhere. */
async function endUnread(error: Error): Promise<never> {
  const { printError } = await import('./errors.ts');
  printError(
    environmentError(`cannot write the output: ${error.message}`, 'Send it somewhere that takes it.', { cause: error }),
    output,
    false,
  );
  return process.exit(EXIT.environment);
}
