import { formatSeconds } from './seconds.ts';

/** What the intervals of a run are called, one and many of them: seconds, or longer ones where the run was long. */
export function intervalWords(intervals: readonly { readonly startMs: number; readonly endMs: number }[]): {
  readonly one: string;
  readonly many: string;
} {
  const longestMs = intervals.reduce((longest, { startMs, endMs }) => Math.max(longest, endMs - startMs), 0);
  if (longestMs <= 1000) return { one: 'second', many: 'seconds' };
  const length = formatSeconds(longestMs / 1000);
  return { one: `interval of up to ${length}`, many: `intervals of up to ${length}` };
}
