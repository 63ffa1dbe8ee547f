import type { Draw } from './inputs.ts';

/* Texts of configurations: nearly right, torn, too deep, of the wrong kind, or no text at all. */

const PORTAL = `version: 2.0
settings:
  DEBUG: false
  CHANNEL_LAYERS:
    default:
      BACKEND: channels_redis.core.RedisChannelLayer
      CONFIG:
        hosts:
          - ["127.0.0.1", 6379]
        capacity: 1500
        channel_capacity: {"http.request": 200, "re:^a.*": 5}
        symmetric_encryption_keys: ["abc"]
        group_expiry: 86400
`;
const PLAIN_LAYERS = `CHANNEL_LAYERS:
  default: {BACKEND: channels_redis.pubsub.RedisPubSubChannelLayer, CONFIG: {hosts: ["redis://h:6379/0"], prefix: p}}
`;
const ENV = `CHANNEL_LAYERS_BACKEND=channels_redis.core.RedisChannelLayer
CHANNEL_LAYERS_CONFIG='{"hosts": [["redis", 6379]]}'
ASGI_PROCESSES=4
`;

const PIECES: readonly string[] = [
  '\0',
  '\ufeff',
  '\u0085',
  '\u2028',
  '\t',
  '\r\n',
  '\r',
  ': ',
  '- ',
  '? ',
  '# ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '*absent',
  '!!binary ',
  '!!python/object/apply:os.system ',
  '!!set ',
  '!!timestamp ',
  '<<: *a',
  '<<: 5',
  '---\n',
  '...\n',
  '%YAML 9.9\n---\n',
  '|\n',
  '>-\n',
  '~',
  '.inf',
  '.nan',
  '0x10',
  '0o17',
  '010',
  '1_000',
  '1e400',
  '-0',
  '9'.repeat(400),
  '190:20:30',
  'yes',
  'null',
  '2024-01-01',
  '__proto__: 5',
  'constructor: {}',
  '{__proto__: 1}',
];

/** Deep, wide, or one within another. */
const SHAPES: readonly ((draw: Draw) => string)[] = [
  (draw) => '['.repeat(draw.of([10, 1000, 100_000])),
  (draw) => '{a: '.repeat(draw.of([10, 1000, 20_000])),
  (draw) => {
    const depth = draw.of([10, 1000, 20_000]);
    return `CHANNEL_LAYERS: ${'['.repeat(depth)}${']'.repeat(depth)}`;
  },
  () => Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  () =>
    `a0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}\nCHANNEL_LAYERS: *a40\n`,
  () => `CHANNEL_LAYERS: &a {default: &b {BACKEND: *a, CONFIG: {hosts: [*b]}}}`,
  () => `CHANNEL_LAYERS: &a\n  default: *a\n`,
  () => `CHANNEL_LAYERS:\n  default: &a {<<: *a, BACKEND: x}\n`,
  () => `CHANNEL_LAYERS:\n${Array.from({ length: 20_000 }, (_, i) => `  l${i}: {BACKEND: x}`).join('\n')}\n`,
  () => 'x'.repeat(1_000_000),
  () => '',
  () => '# nothing\n',
  () => '\n'.repeat(100_000),
];

const encoder = new TextEncoder();

/** Bytes that are no UTF-8, now and then. */
function bytesOf(draw: Draw, text: string): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length > 0 && draw.chance(0.1)) bytes[draw.below(bytes.length)] = draw.of([0x00, 0xff, 0xc0, 0x80, 0xfe]);
  return bytes;
}

/** A text with a piece put into it, taken out of it, or nothing behind some place. */
function torn(draw: Draw, text: string): string {
  const at = draw.below(text.length + 1);
  switch (draw.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + draw.below(20));
    case 2:
      return text.slice(0, at) + text.slice(Math.max(0, at - 30));
    default:
      return text.slice(0, at) + draw.of(PIECES) + text.slice(at);
  }
}

function tornOften(draw: Draw, text: string): string {
  return draw.some(1, 4, () => 0).reduce<string>((before) => torn(draw, before), text);
}

/** Any value that JSON can hold. */
export function anyValue(draw: Draw, depth = 3): unknown {
  const leaf = draw.of([
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    -1e308,
    2 ** 53,
    '',
    'x',
    '5',
    'NaN',
    '\u0000',
    '\ud800',
    '__proto__',
    'x'.repeat(2000),
  ]);
  if (depth === 0 || draw.chance(0.4)) return leaf;
  if (draw.chance(0.5)) return draw.some(0, 4, () => anyValue(draw, depth - 1));
  const keys = [
    'a',
    'default',
    'BACKEND',
    'CONFIG',
    'hosts',
    'address',
    '__proto__',
    'constructor',
    'toString',
    '',
    '0',
    'host',
    'port',
    'sentinels',
    'cluster',
  ];
  // Not by assignment, which would set a prototype.
  return Object.fromEntries(draw.some(0, 4, () => [draw.of(keys), anyValue(draw, depth - 1)] as const));
}

/** CHANNEL_LAYERS whose values are of any kind. */
function wrongKinds(draw: Draw): string {
  const config = {
    hosts: anyValue(draw),
    capacity: anyValue(draw),
    channel_capacity: anyValue(draw),
    [draw.of(['prefix', 'expiry', 'x'])]: anyValue(draw),
  };
  const backend = draw.chance(0.7)
    ? `channels_redis.${draw.of(['core.RedisChannelLayer', 'pubsub.RedisPubSubChannelLayer'])}`
    : anyValue(draw);
  const layer = draw.chance(0.8) ? { BACKEND: backend, CONFIG: draw.chance(0.8) ? config : anyValue(draw) } : anyValue(draw);
  const layers = draw.chance(0.8) ? { default: layer } : anyValue(draw);
  return JSON.stringify(
    draw.chance(0.5) ? { CHANNEL_LAYERS: layers } : { settings: draw.chance(0.8) ? { CHANNEL_LAYERS: layers } : layers },
  );
}

export function hostileConfiguration(draw: Draw): Uint8Array {
  const kind = draw.below(10);
  const text = kind < 5 ? tornOften(draw, draw.of([PORTAL, PLAIN_LAYERS])) : kind < 8 ? wrongKinds(draw) : draw.of(SHAPES)(draw);
  return bytesOf(draw, draw.chance(0.1) ? `\ufeff${text}` : text);
}

export function hostileEnvFile(draw: Draw): Uint8Array {
  const config = JSON.stringify(anyValue(draw));
  const wrong = `CHANNEL_LAYERS_BACKEND=${draw.of(['', 'x', '"channels_redis.core.RedisChannelLayer', '5'])}\nCHANNEL_LAYERS_CONFIG=${draw.of([config, `'${config}'`, `"${config}"`])}\n`;
  return bytesOf(draw, draw.chance(0.5) ? tornOften(draw, ENV) : draw.chance(0.8) ? wrong : draw.of(SHAPES)(draw));
}

/** A bench.config.json. None of its settings starts anything. */
export function hostileJson(draw: Draw): Uint8Array {
  const names = [
    'members',
    'rate',
    'duration',
    'layer',
    'processes',
    'limit',
    'tag',
    'out',
    'json',
    'quiet',
    'redis',
    'seed',
    'fault',
    '__proto__',
    'debug',
    '',
  ];
  const entries = draw
    .some(0, 4, () => [draw.of(names), anyValue(draw, 2)] as const)
    .filter(([name, value]) => name !== 'out' || value === 'x');
  const text = JSON.stringify(draw.chance(0.8) ? Object.fromEntries(entries) : anyValue(draw));
  return bytesOf(draw, draw.chance(0.3) ? tornOften(draw, text) : draw.chance(0.9) ? text : '['.repeat(100_000));
}
