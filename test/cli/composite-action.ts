import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { parse } from 'yaml';

/* Runs the steps of a composite action as a runner of GitHub does, with GitHub's own evaluator of expressions. */

export interface Step {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export interface ActionRun {
  /** Of the first step that failed; 0 where none did. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What was uploaded: the names of artifacts, and the files in them. */
  readonly artifacts: Readonly<Record<string, readonly string[]>>;
}

interface Contexts {
  readonly inputs: Readonly<Record<string, string>>;
  readonly steps: Record<string, { readonly outputs: Readonly<Record<string, string>> }>;
}

export function readAction(path: string): Action {
  return parse(readFileSync(path, 'utf8')) as Action;
}

/**
 * Runs an action in a folder. Steps that `instead` names by their id are not run: they have the outputs that are given.
 * Of actions of others, only upload-artifact is known.
 */
export async function runAction(
  path: string,
  inputs: Readonly<Record<string, string>>,
  folder: string,
  instead: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<ActionRun> {
  const { inputs: declared, outputs, runs } = readAction(join(path, 'action.yml'));
  const defaults = Object.fromEntries(Object.entries(declared).map(([name, input]) => [name, input.default]));
  const contexts: Contexts = { inputs: { ...defaults, ...inputs }, steps: {} };
  const temporary = mkdtempSync(join(folder, '.runner-'));
  const files = { GITHUB_OUTPUT: join(temporary, 'output'), GITHUB_STEP_SUMMARY: join(temporary, 'summary') };
  writeFileSync(files.GITHUB_STEP_SUMMARY, '');
  const artifacts: Record<string, readonly string[]> = {};
  let [code, stdout, stderr] = [0, '', ''];
  for (const step of runs.steps) {
    if (step.id !== undefined && step.id in instead) {
      contexts.steps[step.id] = { outputs: instead[step.id]! };
      continue;
    }
    if (!isDue(step, contexts, code !== 0)) continue;
    if (step.uses !== undefined) {
      const given = filled(step.with ?? {}, contexts);
      artifacts[given['name']!] = readdirSync(join(folder, given['path']!), { encoding: 'utf8', recursive: true });
      continue;
    }
    writeFileSync(files.GITHUB_OUTPUT, '');
    const env = { ...filled(step.env ?? {}, contexts), ...files, GITHUB_ACTION_PATH: path, RUNNER_TEMP: temporary };
    const done = await runStep(step, env, folder);
    stdout += done.stdout;
    stderr += done.stderr;
    code ||= done.code;
    if (step.id !== undefined) contexts.steps[step.id] = { outputs: readOutputs(files.GITHUB_OUTPUT) };
  }
  return {
    code,
    stdout,
    stderr,
    outputs: filled(Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])), contexts),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
    artifacts,
  };
}

function runStep(
  { name, run, shell }: Step,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  if (run === undefined || shell !== 'bash') throw new Error(`'${name}' is no bash step`);
  const script = join(env['RUNNER_TEMP']!, 'step.sh');
  writeFileSync(script, run);
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('LAYERBENCH_')));
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], { cwd, env: { ...inherited, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr })));
}

function readOutputs(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function filled(texts: Readonly<Record<string, string>>, contexts: Contexts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      text.replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression: string) => evaluate(expression, contexts, false).coerceString()),
    ]),
  );
}

function isDue({ if: condition }: Step, contexts: Contexts, hasFailed: boolean): boolean {
  if (condition === undefined) return !hasFailed;
  return evaluate(condition, contexts, hasFailed).coerceString() === 'true';
}

function evaluate(expression: string, contexts: Contexts, hasFailed: boolean): data.ExpressionData {
  const status = { always: true, success: !hasFailed, failure: hasFailed, cancelled: false };
  const functions = Object.entries(status).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions).parse();
  const known = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(tree, known, new Map(functions.map((entry) => [entry.name, entry]))).evaluate();
}
