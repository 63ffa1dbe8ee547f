import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerSetting } from '../model/layer-setting.ts';
import { parsePortalConfig } from './portal-config.ts';
import { readingOfEnvironment, readingsOf } from './env-file.ts';
import { readTethysEnvironment, shellWords, survivingText } from './tethys-environment.ts';
import { environmentLines, portalConfigBlock, snippetsFor } from './snippets/snippets.ts';

const SEED = `CHANNEL_LAYERS:
  default:
    BACKEND: channels_redis.core.RedisChannelLayer
    CONFIG:
      hosts:
      - [127.0.0.1, 6379]
`;
const parse = (text: string, alias = 'default'): ReturnType<typeof parsePortalConfig> =>
  parsePortalConfig(text, 'portal_config.yml', alias);

describe('a portal_config.yml', () => {
  it('is read as it stands', () => {
    const { layer, hosts, prefix, setting, warnings } = parse(SEED);
    expect(layer).toMatchObject({ name: 'redis', scope: 'shared', options: { capacity: 100, expiry: 60_000 } });
    expect([hosts, prefix, warnings]).toEqual([[['127.0.0.1', 6379]], 'asgi', []]);
    expect(setting).toEqual({ BACKEND: 'channels_redis.core.RedisChannelLayer', CONFIG: { hosts: [['127.0.0.1', 6379]] } });
  });

  it('has the setting at its top, under settings, or is the setting itself, as YAML or JSON', () => {
    const indented = `settings:\n${SEED.replaceAll(/^/gm, '  ')}`;
    const json = JSON.stringify({
      default: { BACKEND: 'channels_redis.core.RedisChannelLayer', CONFIG: { hosts: [['127.0.0.1', 6379]] } },
    });
    for (const text of [indented, json]) expect(parse(text)).toEqual(parse(SEED));
  });

  it('takes every option of the backend, durations in seconds', () => {
    const options = `      capacity: 5\n      channel_capacity: { 'a*': 7 }\n      expiry: 10\n      group_expiry: 60\n      prefix: p\n      symmetric_encryption_keys: [k1, k2]\n`;
    const { layer, prefix } = parse(SEED + options);
    expect(layer.options).toMatchObject({
      capacity: 5,
      channel_capacity: [['a*', 7]],
      expiry: 10_000,
      group_expiry: 60_000,
      symmetric_encryption_keys: ['k1', 'k2'],
    });
    expect(prefix).toBe('p');
  });

  it('names another alias', () => {
    const two = `${SEED}  other:\n    BACKEND: channels.layers.InMemoryChannelLayer\n`;
    expect(parse(two, 'other').layer.name).toBe('memory');
    expect(() => parse(two, 'third')).toThrow("CHANNEL_LAYERS has no layer 'third'");
  });

  it('may name a backend that only an application has', () => {
    const { layer, hosts, unknownBackend } = parse(SEED.replace('core.RedisChannelLayer', 'core.Redis'));
    expect([layer.name, layer.scope, hosts]).toEqual(['channels_redis', 'shared', []]);
    expect(unknownBackend!.message).toBe('portal_config.yml:3: bench knows no backend "channels_redis.core.Redis"');
  });

  it('says what pub/sub takes and does nothing with', () => {
    const pubsub = `${SEED.replace('core.RedisChannelLayer', 'pubsub.RedisPubSubChannelLayer')}      capacity: 5\n`;
    expect(parse(pubsub)).toMatchObject({
      layer: { name: 'redis-pubsub' },
      warnings: ["portal_config.yml:7: channels_redis.pubsub.RedisPubSubChannelLayer takes 'capacity' and does nothing with it"],
    });
  });

  it.each([
    [
      SEED.replace('channels_redis.core.RedisChannelLayer', "'redis://:geheim@h'"),
      'portal_config.yml:3: BACKEND is not the path of a class',
    ],
    [`${SEED}      capasity: 5\n`, "portal_config.yml:7: channels_redis.core.RedisChannelLayer has no option 'capasity'"],
    [`${SEED}      expiry: soon\n`, 'portal_config.yml:7: expiry is no number of seconds'],
    [SEED.replace('      - [127.0.0.1, 6379]', '        redis'), 'portal_config.yml:5: hosts is no list'],
    [SEED.replace('    BACKEND', '    BACKENDS'), "portal_config.yml:3: an entry of CHANNEL_LAYERS has no 'BACKENDS'"],
    [`${SEED}    TEST: {}\n`, "portal_config.yml:7: an entry of CHANNEL_LAYERS has no 'TEST'"],
    ['a: [1', 'portal_config.yml:1:'],
    ['a: 1', 'has no CHANNEL_LAYERS'],
  ])('refuses %j with its line', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

/* Each value as it is inside the container, and what Tethys' chain makes of it. */
describe("the variables of Tethys' Docker image", () => {
  const REDIS = { hosts: [{ host: 'redis', port: 6379 }] };
  const BACKEND = 'channels_redis.core.RedisChannelLayer';
  const read = (value: string, backend = BACKEND): ReturnType<typeof readTethysEnvironment> =>
    readTethysEnvironment(
      readingOfEnvironment({ CHANNEL_LAYERS_BACKEND: backend, CHANNEL_LAYERS_CONFIG: value, ASGI_PROCESSES: '4' }),
      'env',
    );

  it.each([
    ["\"{'hosts':[{'host': 'redis', 'port': 6379}]}\"", REDIS.hosts],
    ['"{hosts: [[redis, 6379]]}"', [['redis', 6379]]],
    ["\"{'hosts':['redis://redis:6379/0']}\"", ['redis://redis:6379/0']],
  ])('%s survives', (value, hosts) => {
    const { layer, processes } = read(value);
    expect([layer.hosts, layer.warnings, processes]).toEqual([hosts, [], 4]);
  });

  it.each([
    [String.raw`"{'hosts':[{'host':\ 'redis',\ 'port':\ 6379}]}"`, 'a backslash before a space, inside quotes, stays there'],
    [String.raw`"\"{'hosts':[{'host': 'redis', 'port': 6379}]}\""`, 'does not reach Django as it is meant'],
    ["{'hosts':[{'host': 'redis', 'port': 6379}]}", 'takes it apart into 4 words'],
  ])('%s is understood, and does not survive', (value, message) => {
    const { layer } = read(value);
    expect(layer.hosts).toEqual(REDIS.hosts);
    expect(layer.warnings).toHaveLength(1);
    expect(layer.warnings[0]).toContain(message);
    expect(layer.warnings[0]).toContain(survivingText(REDIS));
    expect(read(survivingText(REDIS)).layer.warnings).toEqual([]);
  });

  it('are read from a Dockerfile, as Docker reads it', () => {
    const dockerfile = String.raw`FROM tethys
ENV ASGI_PROCESSES 1
ENV CHANNEL_LAYERS_BACKEND "channels_redis.core.RedisChannelLayer"
ENV CHANNEL_LAYERS_CONFIG "\"{'hosts':[{'host':\ 'redis',\ 'port':\ 6379}]}\""
`;
    const { layer, processes } = readTethysEnvironment(readingsOf(dockerfile), 'Dockerfile');
    expect([layer.layer.name, layer.hosts, processes]).toEqual(['redis', REDIS.hosts, 1]);
    expect(layer.warnings[0]).toContain('a backslash before a space');
    expect(readingsOf('ENV A=1 B="2 3"\n')).toMatchObject([{ reader: 'Docker', variables: { A: '1', B: '2 3' } }]);
  });

  it('are read from an env file, as each of its readers does', () => {
    expect(readingsOf('# note\nexport A="1\\"2" # why\nB=2 # two\nC=\'a # b\'\n').map(({ variables }) => variables)).toEqual([
      { A: '1"2', B: '2', C: 'a # b' },
      { A: '"1\\"2" # why', B: '2 # two', C: "'a # b'" },
    ]);
  });

  it.each([
    ['"nothing"', 'is no map'],
    ['"{}"', null],
  ])('%s', (value, message) => {
    if (message === null) expect(read(value, 'channels.layers.InMemoryChannelLayer').layer.layer.name).toBe('memory');
    else expect(() => read(value)).toThrow(message);
  });

  it('say what is missing or wrong', () => {
    expect(() => readTethysEnvironment(readingOfEnvironment({}), 'env')).toThrow('env sets neither');
    expect(() => readTethysEnvironment(readingOfEnvironment({ CHANNEL_LAYERS_BACKEND: BACKEND, ASGI_PROCESSES: 'two' }), 'env')).toThrow(
      'ASGI_PROCESSES is no whole number',
    );
  });

  it.each([
    [`"a b" c`, ['a b', 'c']],
    [String.raw`"a\ b"`, [String.raw`a\ b`]],
    [String.raw`a\ b`, ['a b']],
    [`'a"b'"c'd"`, [`a"bc'd`]],
    ['""', ['']],
    // What is not closed reaches to the end, and a last backslash stands for itself.
    ['a "b c', ['a', 'b c']],
    ['a \\', ['a', '\\']],
  ])('%s is taken apart as a shell does', (text, words) => {
    expect(shellWords(text)).toEqual(words);
  });
});

describe('snippets', () => {
  const host = fc.oneof(
    fc.tuple(fc.constantFrom('redis', '10.0.0.1'), fc.integer({ min: 1, max: 65_535 })),
    fc.record({ host: fc.constantFrom('redis', 'my-host'), port: fc.integer({ min: 1, max: 65_535 }) }),
    fc.constantFrom('redis://redis:6379/0', 'redis://user:pa$s"word@redis', "redis://u:it's@redis:1"),
  );
  const setting: fc.Arbitrary<LayerSetting> = fc
    .record(
      {
        hosts: fc.array(host, { minLength: 1, maxLength: 3 }),
        prefix: fc.string({ minLength: 1, maxLength: 8 }),
        capacity: fc.integer({ min: 1, max: 1000 }),
        expiry: fc.integer({ min: 1, max: 600 }),
        symmetric_encryption_keys: fc.array(fc.stringMatching(/^[a-z0-9=]{1,20}$/), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ['hosts'] },
    )
    .map((config) => ({ BACKEND: 'channels_redis.core.RedisChannelLayer', CONFIG: config as LayerSetting['CONFIG'] }));

  it('reads back as the same setting, as a portal_config.yml', () => {
    fc.assert(
      fc.property(setting, (given) => {
        expect(parse(portalConfigBlock(given)).setting).toEqual(given);
      }),
    );
  });

  it('reads back as the same setting, as lines of a Dockerfile, and survives', () => {
    fc.assert(
      fc.property(setting, fc.integer({ min: 1, max: 64 }), (given, processes) => {
        const read = readTethysEnvironment(readingsOf(environmentLines(given, processes)), 'Dockerfile');
        expect([read.layer.setting, read.processes, read.layer.warnings]).toEqual([given, processes, []]);
      }),
    );
  });

  it('shows no secret unless asked', () => {
    const secret: LayerSetting = {
      BACKEND: 'channels_redis.core.RedisChannelLayer',
      CONFIG: { hosts: ['redis://:geheim@h:1', { host: 'h', port: 1, password: 'geheim' }], symmetric_encryption_keys: ['geheim'] },
    };
    const text = (revealSecrets: boolean): string =>
      snippetsFor({ setting: secret, processes: 2, revealSecrets })
        .map((step) => step.text + step.note)
        .join('\n');
    expect(text(false)).not.toContain('geheim');
    expect(text(true).match(/geheim/g)!.length).toBeGreaterThanOrEqual(9);
    expect(text(false)).toContain('Bokeh keeps the session of a page');
  });
});
