import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../config/paste-setting.ts';
import { parsePortalConfig } from '../config/portal-config.ts';
import { readTethysEnvironment } from '../config/tethys-environment.ts';
import { readingOfEnvironment, readingsOf } from '../config/env-file.ts';
import { snippetsFor } from '../config/snippets/snippets.ts';
import { BenchError } from '../model/errors.ts';
import { shownOptions } from '../model/chosen-layer.ts';
import type { SettingValue } from '../model/layer-setting.ts';
import { innerCommand } from './inner-command.ts';
import { layerOption } from './layer-option.ts';
import { readRedisOption, redisOption } from './redis-option.ts';
import { setting } from './settings.ts';
import { shownCommand, shownOptionWords } from './shown-command.ts';

/* Every way in for a secret, and what is shown of it: whatever the secret has in it, and whether it is right or wrong. */

const SENTINEL = 'S3NTINEL';
/** A secret with characters that mean something in URLs, YAML, shells or commas of lists. */
const secret = fc
  .string({ unit: fc.constantFrom(...Array.from('aZ09/#?@:%&=+,;[]{}\'"`$\\ !*~|<>')), maxLength: 6 })
  .map((noise) => `${noise}${SENTINEL}${noise}`);
const scheme = fc.constantFrom('redis', 'rediss', 'unix', 'redis+tls', 'REDIS', 'valkey', 'http', 'red is');

/** A host in any form, right or wrong, with a secret in it. */
const host: fc.Arbitrary<SettingValue> = fc
  .tuple(secret, scheme)
  .chain(([text, word]) =>
    fc.constantFrom<SettingValue>(
      `${word}://:${text}@h:6379/0`,
      `${word}://user:${encodeURIComponent(text)}@h:6379/0`,
      `${word}://${text}@h`,
      `${word}://h:6379?password=${text}`,
      `redis://h/${text}`,
      text,
      [`redis://:${text}@h`, 6379],
      [`x:${text}@h`, 6379],
      ['h', text],
      { address: `${word}://:${text}@h` },
      { address: 'redis://h', password: text },
      { address: text },
      { host: `redis://:${text}@h` },
      { host: 'h', password: text },
      { host: 'h', password: [text] },
      { host: 'h', pasword: text },
      { host: 'h', ssl: text },
      { [`redis://:${text}@h`]: null },
      { sentinels: [['h', 1]], master_name: 'm', password: text, sentinel_kwargs: { password: text } },
      { sentinels: text, master_name: 'm' },
      { sentinels: [[`:${text}@h`, 1]], master_name: `x:${text}@` },
      { cluster: [`${word}://:${text}@h:1`], password: text },
      { cluster: text },
    ),
  );

/** What is said, whether it works or not. */
const saidBy = (read: () => unknown): string => {
  try {
    return JSON.stringify(read()) ?? '';
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return `${error.message} ${error.hint} ${error.stack ?? ''}`;
  }
};

describe('a secret', () => {
  it('is in nothing that is shown of a configuration, of its hosts and keys', () => {
    fc.assert(
      fc.property(host, secret, fc.boolean(), (one, key, hasKeys) => {
        const config = { hosts: [one], ...(hasKeys ? { symmetric_encryption_keys: [key] } : { symmetric_encryption_keys: key }) };
        const layers = { default: { BACKEND: 'channels_redis.core.RedisChannelLayer', CONFIG: config } };
        const said = saidBy(() => {
          const { layer, setting: raw, warnings } = parsePortalConfig(JSON.stringify({ CHANNEL_LAYERS: layers }), 'f', 'default');
          return [shownOptions(layer), warnings, withoutSecrets(raw), snippetsFor({ setting: raw, processes: 2, revealSecrets: false })];
        });
        expect(said).not.toContain(SENTINEL);
      }),
      { numRuns: 150 },
    );
  });

  it('is in nothing that is shown of variables, whatever is wrong with them', () => {
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom("{hosts: ['redis://:S@h']}", '"{hosts: [S]}"', 'S', "{'S", '{hosts: {S: 1}}', "{hosts: ['redis://:S@h']} # S"),
        (text, form) => {
          const value = form.replaceAll('S', () => text);
          const said = saidBy(() => {
            const read = (readings: ReturnType<typeof readingsOf>): readonly string[] =>
              readTethysEnvironment(readings, 'env').layer.warnings;
            const variables = { CHANNEL_LAYERS_BACKEND: 'channels_redis.core.RedisChannelLayer', CHANNEL_LAYERS_CONFIG: value };
            return [
              saidBy(() => read(readingOfEnvironment(variables))),
              saidBy(() => read(readingsOf(`CHANNEL_LAYERS_CONFIG=${value}\nASGI_PROCESSES=${text}`))),
            ];
          });
          expect(said).not.toContain(SENTINEL);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is in no command that is shown, with a space and with =', () => {
    fc.assert(
      fc.property(secret, scheme, fc.boolean(), (text, word, isJoined) => {
        const url = `${word}://u:${text}@h`;
        const given = [
          ['--redis', url],
          ['--layer-option', `symmetric_encryption_keys=${text}`],
          ['--layer-option', `password=${text}`],
          ['--layer-option', text],
          ['--rate', '50/s'],
        ];
        const words = given.flatMap(([flag, value]) => (isJoined ? [`${flag}=${value}`] : [flag!, value!]));
        const command = innerCommand('bench').addOption(redisOption('')).addOption(layerOption('')).addOption(setting('--rate <rate>', ''));
        command.parse(words, { from: 'user' });
        expect(shownCommand(command)).not.toContain(SENTINEL);
        expect(shownOptionWords(command).slice(-2)).toEqual(['--rate', '50/s']);
        expect(saidBy(() => void readRedisOption(url))).not.toContain(SENTINEL);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the command of a result', () => {
  it('is built from what was read, in words of a shell', () => {
    const command = innerCommand('bench')
      .addOption(redisOption(''))
      .addOption(layerOption(''))
      .addOption(setting('--limit <expression>', '', { repeatable: true }))
      .addOption(setting('--json', ''))
      .addOption(setting('--out <folder>', '', { default: 'results' }));
    command.parse(['--redis=redis://:pw@h/3', '--limit', 'p99<50ms', '--json', '--layer-option', 'capacity=5', '--limit=loss<1%'], {
      from: 'user',
    });
    expect(shownCommand(command)).toBe(
      "bench --redis redis://:***@h:6379/3 --layer-option capacity=5 --limit 'p99<50ms' --limit 'loss<1%' --json",
    );
  });
});
