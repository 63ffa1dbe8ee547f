import type { Message } from '../../layers/layer.ts';
import type { Bed, ConformanceCase, Opened } from '../case.ts';
import { equal, gives, holds, range, redisOf, rejection, take } from '../expect.ts';
import { SAMPLE, SAMPLE_JSON, SAMPLE_MSGPACK, bodyOf, bytesOf, hostOf, nowSeconds, put, tokenOf } from '../wire.ts';
import { numbered } from '../expect.ts';

/* 4.4: serializers, encryption and the ring of hosts. */

const FORMATS = [
  ['msgpack', Buffer.from(SAMPLE_MSGPACK, 'hex')],
  ['json', Buffer.from(SAMPLE_JSON)],
] as const;
const KEY = 'a-test-key';

/** Random prefixes by length; pub/sub has none. */
function prefixLengths(bed: Bed): readonly number[] {
  return bed.has('core-wire') ? [8, 12, 0, -1] : [0];
}

const withPrefix = (bed: Bed, length: number, format: string): Promise<Opened> =>
  bed.open([`serializer_format=${format}`], bed.has('core-wire') ? { options: { random_prefix_length: length } } : {});

/** What the options do not allow is refused when they are read, or when the layer is opened. */
async function refusedOption(bed: Bed, option: string): Promise<void> {
  await rejection(option, async () => {
    await bed.open([option]);
  });
}

async function roundTrips(bed: Bed): Promise<void> {
  const message: Message = { type: 'x', text: 'Ahoy "\\ 日本 🎈', n: [0, -1, 1.5, 2 ** 40], map: { yes: true, none: null } };
  for (const [format] of FORMATS) {
    const opened = await bed.open([`serializer_format=${format}`]);
    const channel = await opened.layer.newChannel();
    await opened.layer.groupAdd(format, channel);
    await opened.layer.send(channel, message);
    await opened.layer.groupSend(format, message);
    for (const by of ['send', 'group_send']) equal(await take(bed, opened, channel), message, `${format} by ${by}`);
  }
}

async function serializes(bed: Bed): Promise<void> {
  for (const [format, body] of FORMATS) {
    for (const length of prefixLengths(bed)) {
      const opened = await withPrefix(bed, length, format);
      const channel = bed.has('core-wire') ? `to-${format}${length}` : `${bed.prefix}-${format}`;
      const bytes = await bytesOf(bed, opened, channel, SAMPLE);
      const prefix = Math.max(0, length);
      equal(bytes.subarray(prefix).toString('latin1'), body.toString('latin1'), `${format} after a prefix of ${length}`);
      equal(bytes.length, prefix + body.length, `bytes of ${format} with a prefix of ${length}`);
    }
  }
}

async function deserializes(bed: Bed): Promise<void> {
  for (const [format, body] of FORMATS) {
    for (const length of prefixLengths(bed)) {
      const opened = await withPrefix(bed, length, format);
      const channel = bed.has('core-wire') ? `from-${format}${length}` : await opened.layer.newChannel();
      await put(bed, channel, Buffer.concat([Buffer.alloc(Math.max(0, length), 'p'), body]));
      equal(await take(bed, opened, channel), SAMPLE, `${format} after a prefix of ${length}`);
    }
  }
}

const KEYED = `symmetric_encryption_keys=${KEY}`;

async function encrypts(bed: Bed): Promise<void> {
  const prefix = bed.has('core-wire') ? 4 : 0;
  const opened = await bed.open([KEYED], prefix > 0 ? { options: { random_prefix_length: prefix } } : {});
  const bytes = await bytesOf(bed, opened, `${bed.prefix}-secret`, SAMPLE);
  holds(!bytes.toString('hex').includes(SAMPLE_MSGPACK), 'the message can be read without its key');
  equal(bodyOf(KEY, bytes.subarray(prefix)).toString('hex'), SAMPLE_MSGPACK, 'what the token holds');
  const channel = await opened.layer.newChannel();
  await opened.layer.groupAdd('g', channel);
  await opened.layer.send(channel, SAMPLE);
  await opened.layer.groupSend('g', SAMPLE);
  for (const by of ['send', 'group_send']) equal(await take(bed, opened, channel), SAMPLE, `the message by ${by}`);
}

/** Puts a token in, and after it a good one as a mark: answers whether the first was delivered. */
async function accepts(bed: Bed, opened: Opened, secret: string, atSeconds: number): Promise<boolean> {
  const prefix = bed.has('core-wire') ? Buffer.alloc(12, 'p') : Buffer.alloc(0);
  const channel = bed.has('core-wire') ? `plain${Math.floor(atSeconds)}${secret}` : await opened.layer.newChannel();
  const decodeErrors = opened.layer.counters.decodeErrors;
  await put(bed, channel, Buffer.concat([prefix, tokenOf(secret, Buffer.from(SAMPLE_MSGPACK, 'hex'), atSeconds)]));
  await opened.layer.send(channel, numbered(1));
  const first = await take(bed, opened, channel);
  const accepted = first['text'] === undefined;
  if (accepted) {
    equal(first, SAMPLE, 'the message of the token');
    await gives(bed, opened, channel, [1]);
  }
  equal(opened.layer.counters.decodeErrors - decodeErrors, accepted ? 0 : 1, 'tokens counted as not readable');
  return accepted;
}

async function tokensOfOthers(bed: Bed): Promise<void> {
  const opened = await bed.open([`symmetric_encryption_keys=${KEY},an-old-key`, ...(bed.has('core-wire') ? ['expiry=60s'] : [])]);
  const now = nowSeconds();
  const ages: readonly (readonly [string, number, boolean])[] = [
    [KEY, now, true],
    ['an-old-key', now, true],
    ['a-key-of-nobody', now, false],
    // Core: expiry and 10 seconds more; 60 seconds ahead. Pub/sub: any age.
    [KEY, now - 40, true],
    [KEY, now - 100, !bed.has('core-wire')],
    [KEY, now + 30, true],
    [KEY, now + 200, !bed.has('core-wire')],
  ];
  for (const [secret, at, wanted] of ages) {
    equal(
      await accepts(bed, opened, secret, at),
      wanted,
      `whether a token of '${secret}', ${Math.round(at - now)} s from now, is accepted`,
    );
  }
}

/** Ring vectors: index of a name among 1, 2, 3, 4, 5, 7, 10 hosts. */
const RING: readonly (readonly [string, readonly number[]])[] = [
  ['key_one', [0, 1, 2, 2, 3, 4, 6]],
  ['key_two', [0, 0, 1, 1, 2, 3, 4]],
  ['test-group', [0, 1, 2, 3, 4, 6, 8]],
];
const HOST_COUNTS = [1, 2, 3, 4, 5, 7, 10];

async function ringOfGroups(bed: Bed): Promise<void> {
  for (const [at, hosts] of HOST_COUNTS.entries()) {
    const prefix = `${bed.prefix}-${hosts}`;
    const { layer } = await bed.open([], { prefix, hosts: range(0, hosts).map((database) => redisOf(bed).url(database)) });
    for (const [name, indexes] of RING) {
      await layer.groupAdd(name, 'member');
      const found: number[] = [];
      for (const database of range(0, hosts)) {
        if ((await redisOf(bed).call(database, 'EXISTS', `${prefix}:group:${name}`)) === 1) found.push(database);
      }
      equal(found, [indexes[at]], `hosts of ${name} among ${hosts}`);
    }
  }
}

async function ringOfTopics(bed: Bed): Promise<void> {
  for (const [name, indexes] of RING) {
    for (const [at, hosts] of HOST_COUNTS.entries()) equal(hostOf(name, hosts), indexes[at], `index of ${name} among ${hosts}`);
  }
  const proxies = await Promise.all(range(0, 4).map(() => bed.proxy()));
  const { layer } = await bed.open([], { hosts: proxies.map((proxy) => proxy.url) });
  const channel = await layer.newChannel();
  for (const [name] of RING) {
    const topic = `${bed.prefix}__group__${name}`;
    await layer.groupAdd(name, channel);
    await layer.groupSend(name, SAMPLE);
    const found = range(0, 4).filter((n) => proxies[n]!.seen.includes(topic));
    equal(found, [hostOf(topic, 4)], `hosts that saw ${name}`);
  }
}

export const CODEC_CASES: readonly ConformanceCase[] = [
  {
    id: '4.4.1',
    behaviour: 'what is no complete serializer cannot be chosen',
    needs: ['wire'],
    run: async (bed) => {
      for (const name of ['json.dumps', 'encodeMessage', '']) await refusedOption(bed, `serializer_format=${name}`);
    },
  },
  {
    id: '4.4.2',
    behaviour: 'an unknown serializer is a configuration error',
    needs: ['wire'],
    run: (bed) => refusedOption(bed, 'serializer_format=pickle'),
  },
  { id: '4.4.3', behaviour: 'every serializer that can be chosen gives back what it was given', needs: ['wire'], run: roundTrips },
  { id: '4.4.4', behaviour: 'msgpack and JSON are exact, after prefixes of 8, 12 and no bytes', needs: ['wire'], run: serializes },
  { id: '4.4.5', behaviour: 'msgpack and JSON are read, after prefixes of 8, 12 and no bytes', needs: ['wire'], run: deserializes },
  { id: '4.4.6', behaviour: 'messages are encrypted with Fernet, and read again', needs: ['wire'], run: encrypts },
  {
    id: '4.4.6b',
    behaviour: 'any of the keys reads a token, no other does; core limits its age',
    needs: ['wire'],
    run: tokensOfOthers,
  },
  { id: '4.4.7', behaviour: 'a group is kept on the host that its name hashes to', needs: ['core-wire'], run: ringOfGroups },
  { id: '4.4.7b', behaviour: 'a group is published on the host that its channel hashes to', needs: ['pubsub-wire'], run: ringOfTopics },
];
