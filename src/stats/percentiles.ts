/** One send in so many lies beyond each percentile. */
export const SENDS_PER_TAIL = { p50: 2, p90: 10, p99: 100, p999: 1000 } as const;

export type Percentile = keyof typeof SENDS_PER_TAIL;
