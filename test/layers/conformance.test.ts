import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_TIMEOUT_MS } from '../../src/conformance/case.ts';
import { KEY_PREFIX, reasonNotToRun, runCase } from '../../src/conformance/runner.ts';
import { builtInSubjects } from '../../src/conformance/subject.ts';
import { CASES } from '../../src/conformance/suite.ts';
import { RedisDatabases } from '../../src/redis/databases.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';

/** The only behaviours that may be left out: event loops, Django's settings and deprecated aliases. */
const MAY_BE_SKIPPED: ReadonlySet<string> = new Set(
  ['4.1.1', '4.1.2', '4.1.3', '4.1.4', '4.1.9', '4.1.10'].concat(['4.2.2', '4.2.16'], ['4.3.1', '4.3.3', '4.3.10', '4.3.13', '4.3.14']),
);

const subjects = builtInSubjects();

describe.concurrent.each(subjects.map((subject) => [subject.name, subject] as const))('conformance of %s', (_, subject) => {
  let server: ManagedRedis | null = null;
  let redis: RedisDatabases | null = null;

  beforeAll(async () => {
    if (!subject.usesRedis) return;
    server = await ManagedRedis.start();
    redis = await RedisDatabases.open(server.url);
  });
  afterAll(async () => {
    await redis?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const entry of CASES.filter((candidate) => reasonNotToRun(candidate, subject) === null)) {
    const limitMs = 'timeoutMs' in entry && entry.timeoutMs !== undefined ? entry.timeoutMs : DEFAULT_TIMEOUT_MS;
    it(
      `${entry.id} ${entry.behaviour}`,
      async ({ expect }) => {
        const { outcome } = await runCase(entry, subject, redis);
        expect(outcome.kind === 'fail' ? outcome.reason : outcome.kind).toBe('pass');
      },
      limitMs + 30_000,
    );
  }
});

describe('the conformance suite', () => {
  it('skips nothing but what may be skipped, and says why', () => {
    const skipped = CASES.filter((entry) => 'skip' in entry);
    expect(skipped.filter((entry) => !MAY_BE_SKIPPED.has(entry.id)).map((entry) => entry.id)).toEqual([]);
    expect(skipped.filter((entry) => 'skip' in entry && entry.skip.length < 10)).toEqual([]);
  });

  it('has one case for each id, and a layer for each case', () => {
    expect(new Set(CASES.map((entry) => entry.id)).size).toBe(CASES.length);
    const unused = CASES.filter((entry) => 'run' in entry && subjects.every((subject) => reasonNotToRun(entry, subject) !== null));
    expect(unused.map((entry) => entry.id)).toEqual([]);
  });

  it.each([
    ['4.1', [5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]],
    ['4.2', [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]],
    ['4.3', [2, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 17]],
    ['4.4', [1, 2, 3, 4, 5, 6, 7]],
  ])('runs everything of %s that upstream tests', (section, numbers) => {
    const run = new Set(CASES.filter((entry) => 'run' in entry).map((entry) => entry.id));
    expect(numbers.map((number) => `${section}.${number}`).filter((id) => !run.has(id))).toEqual([]);
  });

  it('keeps its keys under one prefix', () => {
    expect(KEY_PREFIX).toMatch(/^layerbench-/);
  });

  it('is told in docs/conformance.md as it is', async () => {
    const text = await readFile(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
    for (const entry of CASES) {
      const marks = subjects.map((subject) => {
        const reason = reasonNotToRun(entry, subject)?.kind;
        return reason === undefined ? '✓' : { skipped: 'skip', covered: 'tests', 'not applicable': '·' }[reason];
      });
      const cells = text
        .split('\n')
        .find((line) => line.startsWith(`| ${entry.id} `))
        ?.split(/(?<!\\)\|/)
        .map((cell) => cell.trim());
      expect(cells?.slice(2, -1), entry.id).toEqual([entry.behaviour.replaceAll('|', '\\|').replaceAll('*', '\\*'), ...marks]);
    }
  });
});
