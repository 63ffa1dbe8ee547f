import { styleText } from 'node:util';
import { toAscii, wantsAscii } from './ascii.ts';
import { PLAIN, type Style } from '../report/style.ts';

/** Where the command line writes; stdout holds what was asked for, everything else goes to stderr. */
export interface Output {
  /** Exactly this, for programs: JSON and the like. */
  readonly out: (text: string) => void;
  /** For people, on stdout; in ASCII where the terminal has no more. */
  readonly show: (text: string) => void;
  /** For people, on stderr. */
  readonly err: (text: string) => void;
  /** Whether what is under way is told. */
  readonly hasProgress: boolean;
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  readonly outStyle: Style;
  readonly errStyle: Style;
}

/** Something to know that is no error, on stderr. */
export function sayNote({ err, errStyle }: Output, text: string): void {
  err(`${errStyle.dim('note:')} ${text}\n`);
}

const COLOURS: Style = {
  bold: (text) => styleText('bold', text),
  dim: (text) => styleText('dim', text),
  good: (text) => styleText('green', text),
  bad: (text) => styleText('red', text),
  warn: (text) => styleText('yellow', text),
};

/** Colours for a stream: NO_COLOR forbids, FORCE_COLOR demands, else a terminal decides. */
function styleFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Style {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return PLAIN;
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return forced || stream.isTTY ? COLOURS : PLAIN;
}

/** `argv` may say --ascii and --no-progress anywhere. */
export function terminalOutput(env: NodeJS.ProcessEnv, argv: readonly string[]): Output {
  const isAscii = argv.includes('--ascii') || wantsAscii(env);
  const forPeople = (text: string): string => (isAscii ? toAscii(text) : text);
  return {
    out: (text) => void process.stdout.write(text),
    show: (text) => void process.stdout.write(forPeople(text)),
    err: (text) => void process.stderr.write(forPeople(text)),
    hasProgress: !argv.includes('--no-progress') && !env['LAYERBENCH_NO_PROGRESS'],
    isTerminal: process.stderr.isTTY,
    // A pseudo-terminal without a size says 0.
    columns: process.stderr.columns || 80,
    outStyle: styleFor(process.stdout, env),
    errStyle: styleFor(process.stderr, env),
  };
}
