import { describe, expect, it } from 'vitest';
import { BenchError } from '../model/errors.ts';
import { layerOfDjango } from './django-settings.ts';
import { readingsOf } from './env-file.ts';
import { parsePortalConfig } from './portal-config.ts';
import { readTethysEnvironment } from './tethys-environment.ts';
import { YamlDocument } from './yaml-document.ts';

/* Configurations as people write them; what is right was found with PyYAML and channels_redis. */

const REDIS = 'channels_redis.core.RedisChannelLayer';
const parse = (text: string): ReturnType<typeof parsePortalConfig> => parsePortalConfig(text, 'f.yml', 'default');
const config = (...lines: readonly string[]): string =>
  ['CHANNEL_LAYERS:', '  default:', `    BACKEND: ${REDIS}`, '    CONFIG:', ...lines.map((line) => `      ${line}`), ''].join('\n');
const refusal = (read: () => unknown): BenchError => {
  try {
    read();
  } catch (error) {
    if (error instanceof BenchError) return error;
    throw error;
  }
  throw new Error('it is taken');
};

/* Each pair is a plain word of YAML, and what PyYAML 6.0.3 gives for it. */
describe('YAML, as PyYAML reads it', () => {
  it.each<[string, unknown]>([
    ['10_000', 10_000],
    ['0o17', '0o17'],
    ['017', 15],
    ['08', '08'],
    ['0x_1F', 31],
    ['0b1_01', 5],
    ['1:30', 90],
    ['-1:30', -90],
    ['1:30.5', 90.5],
    ['1e5', '1e5'],
    ['1.5e3', '1.5e3'],
    ['1.5e+3', 1500],
    ['.5', 0.5],
    ['1_0.5', 10.5],
    ['-.inf', -Infinity],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['n', 'n'],
    ['~', null],
    ['null', null],
    ['none', 'none'],
    ['127.0.0.1', '127.0.0.1'],
  ])('%s', (word, value) => {
    expect(new YamlDocument(`a: ${word}`).value(['a'])).toEqual(value);
  });

  it('merges maps, takes the last of two keys, and knows their lines', () => {
    const document = new YamlDocument('x: &x\n  a: 1\n  b: 2\ny:\n  <<: *x\n  b: 3\n  b: 4\nz: [*x]\n');
    expect(document.value(['y'])).toEqual({ a: 1, b: 4 });
    expect([document.lineOf(['y', 'a']), document.lineOf(['y', 'b']), document.lineOf(['z', 0, 'b']), document.lineOf(['y', 'c'])]).toEqual(
      [2, 7, 3, 4],
    );
  });

  it.each(['a: [geheim', 'a: "geheim', 'geheim: x: y', 'a: *geheim', 'a: !geheim 1', '--- 1\n--- geheim', '\tgeheim: 1\n a: 2', '}geheim'])(
    'tells what is wrong with %j without its words',
    (text) => {
      expect(new YamlDocument(text).problem).toMatchObject({ line: expect.any(Number) });
      expect(JSON.stringify(new YamlDocument(text).problem)).not.toContain('geheim');
    },
  );
});

describe('a configuration', () => {
  it.each<[string, string, object]>([
    [
      'a long expiry',
      config('hosts: ["unix:///run/redis.sock"]', 'group_expiry: 157784760'),
      { layer: { options: { group_expiry: 157_784_760_000 } } },
    ],
    ['a number with underscores', config('capacity: 10_000'), { layer: { options: { capacity: 10_000 } } }],
    [
      'a merged map',
      `x: &x\n  BACKEND: ${REDIS}\nCHANNEL_LAYERS:\n  default:\n    <<: *x\n    CONFIG:\n      hosts: [[127.0.0.1, "6379"]]\n`,
      { layer: { name: 'redis' }, hosts: [['127.0.0.1', '6379']] },
    ],
    ['an empty key', config('symmetric_encryption_keys: [""]'), { layer: { options: { symmetric_encryption_keys: [''] } } }],
    [
      'keys with commas',
      config('symmetric_encryption_keys: ["a,b", c]'),
      { layer: { options: { symmetric_encryption_keys: ['a,b', 'c'] } } },
    ],
    ['no keys', config('symmetric_encryption_keys:'), { layer: { options: { symmetric_encryption_keys: [] } } }],
    ['globs with anything', config('channel_capacity: {"a:,b*": 3}'), { layer: { options: { channel_capacity: [['a:,b*', 3]] } } }],
    ['no hosts', config('hosts: []'), { hosts: ['redis://localhost:6379'] }],
    ['two keys with one name elsewhere', `a: 1\na: 2\n${config('capacity: 5')}`, { layer: { options: { capacity: 5 } } }],
  ])('takes %s', (_, text, found) => {
    expect(parse(text)).toMatchObject(found);
  });

  it.each<[string, string]>([
    [config('hosts:', '  - {address: 3}'), "f.yml:6: 'address' is a number"],
    [
      config('hosts:', '  - [127.0.0.1, 6379]', '  - {host: 127.0.0.1,', '     ssl: true}'),
      "f.yml:8: redis-py's connections take no 'ssl'",
    ],
    [config('hosts:', '  - {sentinels: "127.0.0.1:26379", master_name: m}'), "f.yml:6: 'sentinels' is a text"],
    [config('hosts: redis://:geheim@h'), 'f.yml:5: hosts is no list'],
    [config('hosts: ["redis://:a#geheim@h"]'), 'f.yml:5: this is not the URL of a Redis'],
    [config('__proto__: -1'), `f.yml:5: ${REDIS} has no option '__proto__'`],
    [config('constructor: geheim'), `f.yml:5: ${REDIS} has no option 'constructor'`],
    [config('"redis://:geheim@h": 1'), `f.yml:5: ${REDIS} has no option`],
    [config('symmetric_encryption_keys: geheim'), 'f.yml:5: symmetric_encryption_keys is no list of texts'],
    [config('expiry: 0.5'), 'f.yml:5: expiry is no whole number of seconds'],
    [config('capacity: 0'), 'f.yml:5: capacity is less than 1'],
    [config('capacity: 2026-01-01'), 'f.yml:5: capacity is no number'],
    [config('prefix: 5'), 'f.yml:5: prefix is no text'],
  ])('refuses %j with its line, and shows no value', (text, message) => {
    const error = refusal(() => parse(text));
    expect(error.message).toContain(message);
    expect(error.message + error.hint).not.toContain('geheim');
  });
});

describe("a portal's file, which has settings:", () => {
  const memory = 'CHANNEL_LAYERS:\n    default: {BACKEND: channels.layers.InMemoryChannelLayer}\n';

  it.each([
    [
      'at the top',
      `settings:\n  DEBUG: false\n${config('capacity: 5')}`,
      'f.yml:3: CHANNEL_LAYERS stands at the top of a file that has settings:',
    ],
    ['under an empty settings:', `settings:\n${config('capacity: 5')}`, 'f.yml:2: CHANNEL_LAYERS stands at the top'],
    ['at the top first', `${config('capacity: 5')}settings:\n  DEBUG: false\n`, 'f.yml:1: CHANNEL_LAYERS stands at the top'],
    ['in both places', `settings:\n  ${memory}${config('capacity: 5')}`, 'f.yml:4: this second CHANNEL_LAYERS is ignored'],
    ['nowhere', 'name: portal\nsettings:\n  DEBUG: false\n', 'f.yml:2: settings: has no CHANNEL_LAYERS'],
  ])('runs in memory with a setting %s, and says why', (_, text, warning) => {
    const { layer, hosts, warnings } = parse(text);
    expect([layer.name, hosts, warnings]).toEqual(['memory', [], [expect.stringContaining(warning)]]);
  });
});

describe('an env file', () => {
  const MEANT = "{'hosts':[{'host': 'redis', 'port': 6379}]}";
  const warningsOf = (line: string): readonly string[] =>
    readTethysEnvironment(readingsOf(`CHANNEL_LAYERS_BACKEND=${REDIS}\nCHANNEL_LAYERS_CONFIG=${line}\n`), 'web.env').layer.warnings;

  it.each([
    [
      'in quotes for Compose',
      String.raw`"\"${MEANT}\""`,
      'survives where Docker Compose reads this file, and not where `docker run --env-file` does',
    ],
    ['with a comment', String.raw`"\"${MEANT}\""  # the service`, 'survives where Docker Compose reads this file, and not where'],
    [
      'as it is to be in the container',
      `"${MEANT}"`,
      'survives where `docker run --env-file` reads this file, and not where Docker Compose does',
    ],
    ['bare', MEANT, 'does not reach Django as it is meant'],
  ])('%s', (_, line, message) => {
    expect(warningsOf(line)).toEqual([expect.stringContaining(message)]);
  });

  it('says how to write the value for each reader, and both forms survive', () => {
    const [said] = warningsOf(MEANT);
    const [, compose, dockerRun] = /survives: (.*) \(Docker Compose\), or (.*) \(`docker run --env-file`\)$/.exec(said!)!;
    expect(warningsOf(compose!)[0]).toContain('survives where Docker Compose');
    expect(warningsOf(dockerRun!)[0]).toContain('survives where `docker run');
  });

  it('shows no secret', () => {
    const said = warningsOf("{hosts: ['redis://:geheim@h:1'], symmetric_encryption_keys: ['geheim']}");
    expect(said.join()).toContain('<secret>');
    expect(said.join()).not.toContain('geheim');
    expect(refusal(() => warningsOf('geheim')).message).toBe('web.env: CHANNEL_LAYERS_CONFIG is no map');
  });
});

describe("Django's answer", () => {
  const layers = { default: { BACKEND: REDIS, CONFIG: { hosts: [['127.0.0.1', 6379]], capacity: 1500 } } };

  it('is read as a setting', () => {
    expect(layerOfDjango({ layers }, 'portal.settings', 'default').layer.options).toMatchObject({ capacity: 1500 });
  });

  it.each([
    [{ layers: null }, 'portal.settings has no CHANNEL_LAYERS'],
    [{ layers: { other: layers.default } }, "CHANNEL_LAYERS has no layer 'default'"],
    [
      { layers: { default: { BACKEND: REDIS, CONFIG: { hosts: [{ address: 5 }] } } } },
      "portal.settings: CHANNEL_LAYERS.default.CONFIG.hosts.0.address: 'address' is a number",
    ],
    [
      { error: 'ModuleNotFoundError', message: "No module named 'x'", place: 's.py:1' },
      "--settings portal.settings cannot be imported: ModuleNotFoundError: No module named 'x' (s.py:1)",
    ],
  ])('%j is refused', (answer, message) => {
    expect(refusal(() => layerOfDjango(answer, 'portal.settings', 'default')).message).toContain(message);
  });
});
