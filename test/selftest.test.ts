import { expect, it } from 'vitest';
import { SELFTEST_ROWS } from '../src/studies/selftest/selftest.ts';
import { bench } from './bench-process.ts';

interface Report {
  readonly passed: number;
  readonly total: number;
  readonly rows: readonly { readonly name: string; readonly planted: readonly Finding[]; readonly unplanted: readonly Finding[] }[];
}

interface Finding {
  readonly holds: boolean;
}

it('bench selftest finds every planted fault, and none where none was planted', async () => {
  const { code, stdout, stderr } = await bench(['selftest', '--json', '--quiet']);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as Report;
  const differs = report.rows.filter(({ planted, unplanted }) => [...planted, ...unplanted].some(({ holds }) => !holds));
  expect(differs).toEqual([]);
  expect(report.rows.every(({ planted, unplanted }) => planted.length > 0 && unplanted.length > 0)).toBe(true);
  expect([code, report.passed, report.total]).toEqual([0, SELFTEST_ROWS.length, SELFTEST_ROWS.length]);
}, 600_000);
