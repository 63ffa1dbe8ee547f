import { describe, expect, it } from 'vitest';
import { layerOptions } from '../model/chosen-layer.ts';
import { Capacities, capacitiesOf } from './capacities.ts';
import { decryptFernet, encryptFernet, fernetKey } from './fernet.ts';
import { decodeJson, encodeJson } from './json-codec.ts';
import { InvalidMessage, InvalidToken, type Message, type MessageValue } from './layer.ts';
import { decodeMessage, encodeMessage } from './message-codec.ts';
import { ringIndex } from './ring.ts';
import { WireFormat } from './wire-format.ts';

const hex = (message: Message): string => Buffer.from(encodeMessage(message)).toString('hex');
const wire = (options: Partial<ConstructorParameters<typeof WireFormat>[0]> = {}): WireFormat =>
  new WireFormat({ serializer: 'msgpack', secrets: [], prefixBytes: 12, ttlSeconds: 70, ...options });

describe('msgpack', () => {
  it.each<[Message, string]>([
    [{ type: 'test.message', text: 'Ahoy-hoy!' }, '82a474797065ac746573742e6d657373616765a474657874a941686f792d686f7921'],
    [{ a: true, b: null, c: { d: [] } }, '83a161c3a162c0a16381a16490'],
    [{ type: 'b', bytes: Uint8Array.of(0, 1, 255), text: null }, '83a474797065a162a56279746573c4030001ffa474657874c0'],
    [{ g: 1.5, h: 1 }, '82a167cb3ff8000000000000a16801'],
    [{ é: '日本' }, '81a2c3a9a6e697a5e69cac'],
  ])('encodes %j as Python does', (message, bytes) => expect(hex(message)).toBe(bytes));

  it.each<[MessageValue, string]>([
    [127, '7f'],
    [128, 'cc80'],
    [256, 'cd0100'],
    [65536, 'ce00010000'],
    [2 ** 32, 'cf0000000100000000'],
    [-32, 'e0'],
    [-33, 'd0df'],
    [-129, 'd1ff7f'],
    [-32769, 'd2ffff7fff'],
    [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
    [5n, '05'],
    [2n ** 53n, 'cf0020000000000000'],
    [2n ** 64n - 1n, 'cfffffffffffffffff'],
    [-(2n ** 63n), 'd38000000000000000'],
  ])('encodes the integer %s in the smallest form', (value, bytes) => {
    expect(hex({ v: value })).toBe(`81a176${bytes}`);
    const back = decodeMessage(Buffer.from(`81a176${bytes}`, 'hex'))['v'];
    expect(back === value || BigInt(back as number) === value).toBe(true);
  });

  it('keeps large and small integers of one message exact', () => {
    const message = { a: 2n ** 60n, b: 2 ** 40, c: [-5, 1.5, { d: -(2 ** 40) }] };
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  it.each<[string, unknown]>([
    ['a date', { at: new Date(0) }],
    ['a function', { f: () => 1 }],
    ['undefined', { u: undefined }],
    ['an integer beyond 64 bits', { n: 2n ** 64n }],
    ['a list', [1]],
    ['text', 'hello'],
  ])('refuses %s', (_, message) => expect(() => encodeMessage(message as Message)).toThrow(InvalidMessage));

  it.each(['c1', '90', '8101a0', '82a16101', '81a16101ff'])('does not decode %s', (bytes) =>
    expect(() => decodeMessage(Buffer.from(bytes, 'hex'))).toThrow(),
  );
});

describe('JSON', () => {
  it.each<[Message, string]>([
    [{ a: true, b: null, c: { d: [] } }, '{"a": true, "b": null, "c": {"d": []}}'],
    [{ é: 'a"\n\u007f😀' }, '{"\\u00e9": "a\\"\\n\u007f\\ud83d\\ude00"}'],
    [{ n: [1, -2, 1.5, 0.1, 1e-7, 1.25e300, 0.0001, 123456789.5] }, '{"n": [1, -2, 1.5, 0.1, 1e-07, 1.25e+300, 0.0001, 123456789.5]}'],
  ])('encodes %j as Python does', (message, text) => {
    expect(encodeJson(message)).toBe(text);
    expect(decodeJson(Buffer.from(text))).toEqual(message);
  });

  it('refuses bytes', () => expect(() => encodeJson({ b: Uint8Array.of(1) })).toThrow(InvalidMessage));
});

describe('Fernet', () => {
  const keys = [fernetKey('a-test-key')];
  const body = Buffer.from('83a161c3a162c0a16381a16490', 'hex');
  const token = 'gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD4zKtJ2CZOgenCDA8ONla2vmdS6tjA1q1UtDdMWqADH5WFib--XNc8FAmVrLTtvh9A==';

  it('derives keys and makes tokens as channels_redis does', () => {
    expect(keys[0]!.toString('base64')).toBe('vQHTG9CFHUSqb8quMxeiDkUMwWkp8zurx5IirXypqVI=');
    const iv = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    expect(encryptFernet(keys, body, { seconds: 1_700_000_000, iv }).toString()).toBe(token);
  });

  it.each([
    [70, true],
    [71, false],
    [-60, true],
    [-61, false],
  ])('accepts a token of age %i s with a time to live of 70 s: %s', (age, accepted) => {
    const open = (): Buffer => decryptFernet([fernetKey('other'), ...keys], Buffer.from(token), 70, 1_700_000_000 + age);
    if (accepted) expect(open()).toEqual(body);
    else expect(open).toThrow(InvalidToken);
  });

  it('refuses a token that was changed, and one of another key', () => {
    expect(() => decryptFernet(keys, Buffer.from(token.replace('zKtJ', 'zKtK')), null)).toThrow(InvalidToken);
    expect(() => decryptFernet([fernetKey('b')], Buffer.from(token), null)).toThrow(InvalidToken);
    expect(() => decryptFernet(keys, Buffer.from('hello'), null)).toThrow(InvalidToken);
  });
});

describe('the ring', () => {
  const sizes = [1, 2, 3, 4, 5, 7, 10, 16];
  it.each([
    ['key_one', [0, 1, 2, 2, 3, 4, 6, 11]],
    ['key_two', [0, 0, 1, 1, 2, 3, 4, 7]],
    ['test-group', [0, 1, 2, 3, 4, 6, 8, 14]],
    ['asgi__group__room', [0, 1, 2, 3, 3, 5, 7, 12]],
    [`specific.${'0'.repeat(32)}!`, [0, 0, 0, 0, 0, 0, 0, 1]],
  ])('places %s', (name, indexes) => expect(sizes.map((size) => ringIndex(name, size))).toEqual(indexes));
});

const capacities = (rules: string): Capacities => new Capacities(2, capacitiesOf(layerOptions('redis', [`channel_capacity=${rules}`])));

describe('capacities', () => {
  it.each([
    ['specific.ab!cd', 5],
    ['tiny', 1],
    ['tinyy', 2],
    ['other', 2],
    ['a-1', 7],
    ['a-x', 2],
  ])('of %s is %i', (channel, capacity) => expect(capacities('specific.*:5,tin?:1,a-[!x-z]:7').of(channel)).toBe(capacity));
  it('refuse a rule that is none', () => expect(() => capacities('one')).toThrow('glob:count'));
});

describe('an envelope', () => {
  const message: Message = { type: 'x', text: 'hi' };

  it('has the address last: text for one channel, a list for a group', () => {
    const sealed = wire().seal(message, wire().address('a!b'));
    expect(sealed.subarray(12).toString('hex')).toBe(hex({ ...message, __asgi_channel__: 'a!b' }));
    const group = wire().seal(message, wire().address(['a!b', 'a!c']));
    expect(group.subarray(12).toString('hex')).toBe(hex({ ...message, __asgi_channel__: ['a!b', 'a!c'] }));
  });

  it.each([
    ['msgpack', []],
    ['json', []],
    ['msgpack', ['one', 'two']],
    ['json', ['one']],
  ] as const)('comes back whole: %s, keys %j', (serializer, secrets) => {
    const format = wire({ serializer, secrets });
    for (const channels of [['a!b'], Array.from({ length: 300 }, (_, i) => `specific.x!${i}`)]) {
      const sealed = format.seal(message, format.address(channels));
      for (let i = 0; i < 2; i++) expect(format.open(sealed)).toEqual({ message, channels });
    }
    expect(format.open(format.seal(message, null))).toEqual({ message, channels: null });
    expect(format.open(format.seal({}, format.address('a!b')))).toEqual({ message: {}, channels: ['a!b'] });
  });

  it.each([14, 15, 16, 17, 200])('of a message with %i entries comes back whole', (entries) => {
    const large = Object.fromEntries(Array.from({ length: entries }, (_, i) => [`k${i}`, i]));
    expect(wire().open(wire().seal(large, wire().address(['a!b'])))).toEqual({ message: large, channels: ['a!b'] });
  });

  it('is not misled by a value that looks like an address', () => {
    const bytes = Buffer.from('\xb0__asgi_channel__\x91\xa3a!b', 'latin1');
    const tricky: Message = { type: 'x', a: bytes };
    expect(wire().open(wire().seal(tricky, null))).toEqual({ message: tricky, channels: null });
    expect(wire().open(wire().seal(tricky, wire().address(['c!d'])))).toEqual({ message: tricky, channels: ['c!d'] });
    expect(wire().open(wire().seal({ ...tricky, b: 'after' }, null))).toEqual({ message: { ...tricky, b: 'after' }, channels: null });
  });

  it.each([8, 12, 0, -1])('has a prefix of %i bytes', (prefixBytes) => {
    expect(wire({ prefixBytes }).seal(message, null).subarray(Math.max(0, prefixBytes)).toString('hex')).toBe(hex(message));
  });

  it('takes the address that a sender wrote itself as its own', () => {
    const forged = { ...message, __asgi_channel__: 'z' };
    expect(wire().open(wire().seal(forged, wire().address('a!b')))).toEqual({ message, channels: ['a!b'] });
  });
});
