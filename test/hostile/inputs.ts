import type { Command } from 'commander';
import { seededRandom } from '../../src/model/random.ts';
import { buildProgram, VERB_NAMES } from '../../src/cli/program.ts';
import { PLAIN } from '../../src/report/style.ts';
import { hostileConfiguration, hostileEnvFile, hostileJson } from './input-texts.ts';
import { hostileResult } from './result-texts.ts';

/* Command lines, configurations and result files that nobody means well with; the same for the same seed and index. */

/** One command line, with what lies in its folder. No input starts a run: where its command would, its last words are wrong. */
export interface HostileInput {
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly env: Readonly<Record<string, string>>;
}

/** A command without commands below it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly options: readonly { readonly flag: string; readonly takesValue: boolean }[];
}

/** Draws of one input. */
export class Draw {
  private readonly random: () => number;

  constructor(seed: number, index: number) {
    this.random = seededRandom(seed, index);
  }

  /** From 0 on, below `n`. */
  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  chance(p: number): boolean {
    return this.random() < p;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  some<T>(from: number, to: number, make: () => T): readonly T[] {
    return Array.from({ length: from + this.below(to - from + 1) }, make);
  }
}

/** No absolute path and none upwards: some of them are where a command writes. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  '-1',
  '0',
  '1',
  '-0',
  '1e999',
  '1e-999',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  '9007199254740993',
  '9'.repeat(400),
  '10s',
  '5/s',
  '10 s',
  '0s',
  '-5ms',
  '1e9h',
  '128B',
  '1TiB',
  '50%',
  '101%',
  '½',
  '١٠',
  '1,2',
  '1-4',
  ',',
  ':',
  ';',
  '|',
  '🦥',
  '\u202eabc',
  'e\u0301',
  '\u001b[31mred',
  'a\nb',
  '\t',
  '\ufeff',
  '\ud800',
  '--',
  '-',
  '=',
  '%',
  '%00',
  '%zz',
  '*',
  '?',
  '.',
  './',
  './absent.js',
  'a.yml',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'true',
  'null',
  'undefined',
  '[]',
  '{}',
  '${HOME}',
  '$(id)',
  '`id`',
  '\\',
  '"',
  "'",
  `'"`,
  'ws://',
  'ws://h:99999',
  'wss://127.0.0.1:1',
  'https://[::1',
  'ws://:@h',
  'redis://',
  'redis://:x#y@h',
  'redis://h:99999',
  'unix://',
  'p99<',
  'p99<0ms',
  'loss<101%',
  'loss<-1%',
  'p99<1ms,',
  'kill server 99 at 1s',
  'external at',
  'restart redis at -1s',
  'a=',
  '=b',
  'a=b=c',
  'capacity=-1',
  'capacity=1e400',
  'expiry=0s',
  '__proto__=1',
  'memory',
  'redis,,redis',
  'node:0+node:0',
  'node:999999',
  'fanout',
  'FANOUT',
  'fanout fanout',
  'x'.repeat(5000),
  '名前',
  'latin-1 é',
];

const SCENARIOS_AT_ONCE = new Set(['run', 'capacity', 'explain']);
/** Commands that start processes, and the words that make them wrong, whatever stands before: said twice, since an option may take the first. */
const GUARDS: Readonly<Record<string, readonly string[]>> = {
  run: ['--server', 'nonsense'],
  capacity: ['--server', 'nonsense'],
  plan: ['--server', 'nonsense'],
  conformance: ['--no-such-flag'],
  selftest: ['--no-such-flag'],
  calibrate: ['--no-such-flag'],
  doctor: ['--no-such-flag'],
};
/** They would start runs, or take them from elsewhere than the folder. */
const LEFT_OUT: ReadonlySet<string> = new Set(['--interleave', '--python', '--settings']);

/** Every command of bench that has none below it. */
export async function leavesOfBench(): Promise<readonly Leaf[]> {
  const silent = { out: () => undefined, show: () => undefined, err: () => undefined, hasProgress: false, isTerminal: false };
  const program = await buildProgram(
    {
      output: { ...silent, outStyle: PLAIN, errStyle: PLAIN },
      interruption: { signal: new AbortController().signal, exitCode: null },
      userScenario: null,
      onExit: () => undefined,
    },
    VERB_NAMES,
  );
  return leavesOf(program, []);
}

function leavesOf(command: Command, path: readonly string[]): readonly Leaf[] {
  if (command.commands.length > 0) return command.commands.flatMap((below) => leavesOf(below, [...path, below.name()]));
  const options = command.options
    .filter(({ long }) => long !== undefined && !LEFT_OUT.has(long))
    .map((option) => ({ flag: option.long!, takesValue: option.required || option.optional }));
  return [{ path, options }];
}

/** The input of an index: a third each of flags, configurations and results. */
export function hostileInput(seed: number, index: number, leaves: readonly Leaf[]): HostileInput {
  const draw = new Draw(seed, index);
  if (index % 3 === 0) return ofFlags(draw, leaves);
  return index % 3 === 1 ? ofConfigurations(draw) : ofResults(draw);
}

function ofFlags(draw: Draw, leaves: readonly Leaf[]): HostileInput {
  // Half of them to the one that reads all that a run would, and starts nothing.
  const verb = draw.of(['explain', draw.of([...new Set(leaves.map(({ path }) => path[0]!))])]);
  const leaf = draw.of(leaves.filter(({ path }) => path[0] === verb));
  const words = draw.some(1, draw.of([1, 4]), () => hostileFlag(draw, leaf)).flat();
  const positional = SCENARIOS_AT_ONCE.has(verb) ? [] : draw.some(0, 2, () => draw.of(TEXTS));
  const guard = GUARDS[verb] ?? [];
  // Behind it, nothing is an option.
  const isWord = (word: string): boolean => guard.length === 0 || word !== '--';
  const [option] = leaf.options.length === 0 ? [] : [draw.of(leaf.options)];
  const name = option?.flag.slice(2).replaceAll('-', '_').toUpperCase();
  const value = draw.of(TEXTS).replaceAll('\0', '');
  return {
    args: [...leaf.path, ...[...positional, ...words].filter(isWord), ...guard, ...guard],
    files: {},
    env: name !== undefined && draw.chance(0.2) ? { [`LAYERBENCH_${name}`]: value } : {},
  };
}

function hostileFlag(draw: Draw, { options }: Leaf): readonly string[] {
  if (options.length === 0 || draw.chance(0.1)) return [draw.of(['--absent', '--', '-x', '---', '--=', '-', '--members', ...TEXTS])];
  const { flag } = draw.of(options);
  const text = draw.of(TEXTS);
  return draw.of([[flag, text], [`${flag}=${text}`], [flag], [flag, text, flag, draw.of(TEXTS)], [flag, flag], [`${flag}${text}`]]);
}

function ofConfigurations(draw: Draw): HostileInput {
  const [portal, env, own] = [hostileConfiguration(draw), hostileEnvFile(draw), hostileJson(draw)];
  const alias = draw.chance(0.2) ? ['--alias', draw.of(TEXTS)] : [];
  const read = draw.of([
    ['config', '--config', 'portal.yml', ...alias],
    ['explain', 'fanout', '--config', 'portal.yml', ...alias],
    ['config', '--config', 'portal.yml', '--processes', draw.of(['4', ...TEXTS])],
    ['config', '--env-file', 'tethys.env'],
    ['explain', 'fanout', '--env-file', 'tethys.env'],
    ['explain', 'fanout'],
    ['list'],
    ['history'],
  ]);
  const isOwn = read.length <= 2;
  return { args: read, files: { 'portal.yml': portal, 'tethys.env': env, ...(isOwn ? { 'bench.config.json': own } : {}) }, env: {} };
}

const FORMATS = ['github-action-benchmark', 'bencher', 'junit', 'openmetrics', 'csv', 'markdown', 'github-annotations', 'github-outputs'];
const MORE_FORMATS = ['hgrm', 'hlog', 'otava', 'k6-summary'];

function ofResults(draw: Draw): HostileInput {
  const [base, head] = [hostileResult(draw), hostileResult(draw)];
  const args = draw.of([
    ['report', 'base.json'],
    ['report', 'base.json', 'head.json', '--histogram'],
    ['report', 'base.json', 'head.json', '-o', 'page.html'],
    ['report', 'base.json', '-o', 'page.md'],
    ['report', '.'],
    ['compare', 'base.json', 'head.json', '--force'],
    ['compare', 'base.json', 'head.json', '--json'],
    ['compare', '--baseline', 'head.json'],
    ['history', '.', ...(draw.chance(0.5) ? ['--json'] : [])],
    ['history', 'base.json', 'head.json', 'base.json', '--window', '4'],
    ['baseline', 'save', 'base.json', 'head.json'],
    ['plan', '--from', 'base.json', '--connections', '10', '--group-size', '5', '--rate', '1/s'],
    ...[...FORMATS, ...MORE_FORMATS].map((format) => ['export', 'base.json', 'head.json', '--format', format, '--out', 'exported']),
  ]);
  return { args, files: { 'base.json': base, 'head.json': head }, env: {} };
}
