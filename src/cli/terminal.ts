import { styleText } from 'node:util';
import { toAscii, wantsAscii } from './ascii.ts';
import { PLAIN, type Style } from '../report/style.ts';
import { isOn } from './switches.ts';

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
  readonly outStyle: Style;
  readonly errStyle: Style;
}

const COLOURS: Omit<Style, 'columns'> = {
  bold: (text) => styleText('bold', text),
  dim: (text) => styleText('dim', text),
  good: (text) => styleText('green', text),
  bad: (text) => styleText('red', text),
  warn: (text) => styleText('yellow', text),
};

/** What output is written to: the streams of this process. */
export interface OutputStream {
  readonly write: (text: string) => unknown;
  readonly isTTY: boolean;
  readonly columns?: number;
}

/** Colours for a stream: NO_COLOR forbids, FORCE_COLOR demands, else a terminal decides. Its width is the terminal's. */
function styleFor(stream: OutputStream, env: NodeJS.ProcessEnv): Style {
  // A stream that is no terminal has no columns; a pseudo-terminal without a size says 0.
  const plain = { ...PLAIN, columns: stream.columns || PLAIN.columns };
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return plain;
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return forced || stream.isTTY ? { ...plain, ...COLOURS } : plain;
}

/** `argv` may say --ascii and --no-progress anywhere. */
export function terminalOutput(
  env: NodeJS.ProcessEnv,
  argv: readonly string[],
  { stdout, stderr }: { readonly stdout: OutputStream; readonly stderr: OutputStream } = process,
): Output {
  const isAscii = argv.includes('--ascii') || wantsAscii(env);
  const forPeople = (text: string): string => (isAscii ? toAscii(text) : text);
  return {
    out: (text) => void stdout.write(text),
    show: (text) => void stdout.write(forPeople(text)),
    err: (text) => void stderr.write(forPeople(text)),
    hasProgress: !argv.includes('--no-progress') && !isOn(env['LAYERBENCH_NO_PROGRESS']),
    isTerminal: stderr.isTTY,
    outStyle: styleFor(stdout, env),
    errStyle: styleFor(stderr, env),
  };
}
