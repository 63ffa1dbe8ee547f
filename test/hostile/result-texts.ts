import { sampleCapacity, sampleComparison, samplePlan, sampleRun } from '../sample-results.ts';
import { anyValue } from './input-texts.ts';
import type { Draw } from './inputs.ts';

/* Result files that bench has not written so. */

/** Made once: their histograms take time. */
const SAMPLES: readonly string[] = [
  sampleRun({ id: 'a' }),
  sampleRun({ id: 'b', git: { sha: 'abc', dirty: false }, lost: 5, reasons: ['no'] }),
  sampleRun({ id: 'c', layer: 'memory', measures: [] }),
  sampleComparison({ id: 'd', change: 0.2, baseGit: null }),
  sampleCapacity(),
  samplePlan(),
].map((result) => JSON.stringify(result));

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** Changes one place of a result, as deep as it happens to be. */
function damage(draw: Draw, root: Tree): void {
  let place = root;
  for (;;) {
    const key = draw.of(Object.keys(place));
    if (key === undefined) return;
    const below = place[key];
    if (isTree(below) && Object.keys(below).length > 0 && draw.chance(0.97)) {
      place = below;
      continue;
    }
    place[key] = replacement(draw, below);
    if (draw.chance(0.03) && !Array.isArray(place)) Reflect.deleteProperty(place, key);
    return;
  }
}

/** Often of the kind that was there, so that a schema has nothing to say. */
function replacement(draw: Draw, before: unknown): unknown {
  if (draw.chance(0.05)) return anyValue(draw);
  if (typeof before === 'number') return draw.of([0, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 53, 1e21]);
  if (typeof before === 'string')
    return draw.of([
      '',
      'x',
      '\u0000',
      '\ud800',
      '__proto__',
      '2020-13-45T99:99:99Z',
      'AAAA',
      '🦥'.repeat(500),
      before.slice(0, -1),
      `${before}${before}`,
    ]);
  if (Array.isArray(before))
    return draw.of([
      [],
      [...(before as unknown[]), ...(before as unknown[])],
      Array.from({ length: 20_000 }, () => (before as unknown[])[0] ?? 0),
    ]);
  if (typeof before === 'boolean') return !before;
  return draw.of([null, before]);
}

const DEEP = 100_000;

/** What can be wrong with a whole text. */
const TEXT_FAULTS: readonly ((text: string, draw: Draw) => string)[] = [
  (text, draw) => text.slice(0, draw.below(text.length)),
  (text) => text.replace(/:\d+/, ':NaN'),
  (text) => text.replace(/:\d+/, ':1e999'),
  (text) => `\ufeff${text}`,
  (text) => `${text}\0`,
  (text) => `${text}\n${text}`,
  (text) => text.replace('"schemaVersion":1', '"schemaVersion":2'),
  (text) => text.replace('"schemaVersion":1', '"schemaVersion":"1"'),
  (text) => text.replace(/"kind":"\w+"/, '"kind":"__proto__"'),
  (text) => text.replace('{', '{"__proto__":{"a":1},'),
  (text) => text.replace(/"warnings":\[/, `"warnings":${'['.repeat(DEEP)}${']'.repeat(DEEP)},"x":[`),
  () => '['.repeat(DEEP),
  () => `{"schemaVersion":1,"kind":"run","x":${'[['.repeat(DEEP)}${']]'.repeat(DEEP)}}`,
  () => '',
  () => 'null',
  () => '{}',
  () => '{"schemaVersion":1,"kind":"run"}',
];

export function hostileResult(draw: Draw): Uint8Array {
  const sample = draw.of(SAMPLES);
  if (draw.chance(0.15)) return Buffer.from(draw.of(TEXT_FAULTS)(sample, draw));
  if (draw.chance(0.2)) return Buffer.from(sample);
  const result = JSON.parse(sample) as Tree;
  for (const _ of draw.some(1, 3, () => 0)) damage(draw, result);
  return Buffer.from(JSON.stringify(result));
}
