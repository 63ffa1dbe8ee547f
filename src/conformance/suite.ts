import type { ConformanceCase } from './case.ts';
import { BASE_CASES } from './cases/base.ts';
import { NOT_UPSTREAM_SHARED_CASES } from './cases/not-upstream-shared.ts';
import { NOT_UPSTREAM_CASES } from './cases/not-upstream.ts';
import { CODEC_CASES } from './cases/codec.ts';
import { CORE_TIME_CASES } from './cases/core-time.ts';
import { CORE_CASES } from './cases/core.ts';
import { PUBSUB_CASES } from './cases/pubsub.ts';

const SECTIONS = [BASE_CASES, CORE_CASES, CORE_TIME_CASES, PUBSUB_CASES, CODEC_CASES, NOT_UPSTREAM_CASES, NOT_UPSTREAM_SHARED_CASES];

/** `4.2.14` before `4.10.1`, `4.3.8` before `4.3.8b`. */
const byId = (one: ConformanceCase, other: ConformanceCase): number => one.id.localeCompare(other.id, 'en', { numeric: true });

/** Every case, in the order of ids. */
export const CASES: readonly ConformanceCase[] = SECTIONS.flat().toSorted(byId);
