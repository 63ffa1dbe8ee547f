import type { Command } from 'commander';
import { isLayerName, LAYER_NAMES } from '../../model/layers.ts';
import { customSubject } from '../../conformance/custom-layer.ts';
import { KEY_PREFIX, runCases, type CaseResult } from '../../conformance/runner.ts';
import { builtInSubject, builtInSubjects, type Subject } from '../../conformance/subject.ts';
import { CASES } from '../../conformance/suite.ts';
import { RedisDatabases } from '../../redis/databases.ts';
import { ManagedRedis } from '../../redis/managed.ts';
import { renderConformance, renderConformanceMarkdown, type ConformanceTable } from '../../report/conformance.ts';
import type { Interruption } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { ProgramContext } from '../program-context.ts';
import { setting } from '../settings.ts';
import { StatusLine } from '../status-line.ts';
import { unknownLayer } from '../suggest.ts';
import type { Output } from '../terminal.ts';

interface ConformanceOptions {
  readonly redis?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly quiet?: boolean;
}

/** `bench conformance [LAYER]`: every behaviour of the specification, run on one layer or on all. */
export function addConformanceCommand(command: Command, { output, interruption, onExit }: ProgramContext): void {
  command
    .argument('[layer]', 'name or module')
    .addOption(setting('--redis <url>', 'a Redis of yours; by default bench starts one'))
    .addOption(setting('--json', 'print the table as JSON').conflicts('markdown'))
    .addOption(setting('--markdown', 'print the table as Markdown'))
    .addOption(setting('--quiet', 'no progress'))
    .action(async (layer: string | undefined, options: ConformanceOptions) =>
      onExit(await conformanceCommand(layer, options, output, interruption)),
    );
}

async function conformanceCommand(
  layer: string | undefined,
  options: ConformanceOptions,
  output: Output,
  interruption: Interruption,
): Promise<ExitCode> {
  const subjects = layer === undefined ? builtInSubjects() : [await subjectOf(layer)];
  const results = await withRedis(subjects, options.redis, async (redis) => {
    const status = new StatusLine(output, options.quiet === true);
    const total = subjects.length * CASES.length;
    let done = 0;
    let failed = 0;
    const onResult = ({ outcome }: CaseResult): void => {
      done += 1;
      if (outcome.kind === 'fail') failed += 1;
      status.show('conformance', `${done} of ${total}  ${failed} failed`, done === total || done % 50 === 0);
    };
    if (layer !== undefined) await checkOpens(subjects[0]!, redis);
    return runCases(subjects, CASES, redis, { signal: interruption.signal, onResult }).finally(() => status.end());
  });
  if (interruption.exitCode !== null) return interruption.exitCode;
  const table = tableOf(subjects, results);
  if (options.json === true) output.out(`${JSON.stringify(table, null, 2)}\n`);
  else if (options.markdown === true) output.out(renderConformanceMarkdown(table));
  else output.show(renderConformance(table, output.outStyle));
  return results.some(({ outcome }) => outcome.kind === 'fail') ? EXIT.limitMissed : EXIT.ok;
}

async function subjectOf(name: string): Promise<Subject> {
  if (isLayerName(name)) return builtInSubject(name);
  const custom = await customSubject(name, process.cwd());
  if (custom !== null) return custom;
  throw unknownLayer(name, [...LAYER_NAMES, './my-layer.js']);
}

/** A module that gives no layer is a wrong input, and not a layer that fails. */
async function checkOpens(subject: Subject, redis: RedisDatabases | null): Promise<void> {
  const hosts = redis === null ? [] : [redis.url()];
  const layer = await subject.open({ prefix: KEY_PREFIX, options: subject.options([]), hosts, onEvent: () => undefined });
  await layer.close();
}

/** Opens the Redis that layers need, and leaves no key there. */
async function withRedis<T>(
  subjects: readonly Subject[],
  url: string | undefined,
  work: (redis: RedisDatabases | null) => Promise<T>,
): Promise<T> {
  if (!subjects.some((subject) => subject.usesRedis)) return work(null);
  await using server = url === undefined ? await ManagedRedis.start() : null;
  await using redis = await RedisDatabases.open(url ?? server!.url);
  try {
    return await work(redis);
  } finally {
    await redis.removeByPrefix(KEY_PREFIX);
  }
}

function tableOf(subjects: readonly Subject[], results: readonly CaseResult[]): ConformanceTable {
  const outcomes = new Map(results.map(({ entry, layer, outcome }) => [`${layer} ${entry.id}`, outcome]));
  return {
    layers: subjects.map((subject) => subject.name),
    rows: CASES.map((entry) => ({
      id: entry.id,
      behaviour: entry.behaviour,
      cells: subjects.map((subject) => {
        const outcome = outcomes.get(`${subject.name} ${entry.id}`)!;
        return { kind: outcome.kind, reason: 'reason' in outcome ? outcome.reason : '' };
      }),
    })),
  };
}
