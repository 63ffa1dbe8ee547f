import type { Message } from '../../layers/layer.ts';
import type { Bed, ConformanceCase } from '../case.ts';
import { equal, gives, givesNothing, numbered, range, refused, refusedName, rejection, take } from '../expect.ts';

/* 4.1: the specification itself, and the in-memory layer. */

const DJANGO = "belongs to Django's settings: a layer is opened by code here";
const DEPRECATED = 'a deprecated alias, which we never had';

const RICH: Message = {
  type: 'test.message',
  text: 'Ahoy-hoy! 日本',
  bytes: Uint8Array.of(0, 1, 255),
  list: [1, -1, 1.5, 2 ** 40, null, true, false, { deep: ['é'] }],
  map: { empty: {}, none: [] },
};

async function groupBasics(bed: Bed): Promise<void> {
  const opened = await bed.open();
  const { layer } = opened;
  const [one, two, three] = [await layer.newChannel(), await layer.newChannel(), await layer.newChannel()];
  for (const channel of [one, two, three]) await layer.groupAdd('test-group', channel);
  await layer.groupDiscard('test-group', two);
  await layer.groupSend('test-group', numbered(1));
  await gives(bed, opened, one, [1]);
  await gives(bed, opened, three, [1]);
  for (const channel of [one, two, three]) await givesNothing(bed, opened, channel);
}

async function names(bed: Bed): Promise<void> {
  const { layer } = await bed.open();
  const channel = await layer.newChannel();
  await layer.groupAdd('chat', channel);
  await layer.send('chat', numbered(1));
  for (const bad of ['¯\\_(ツ)_/¯', 'chat'.repeat(100), '', 'a b', 'a/b']) {
    await refusedName(`send to '${bad.slice(0, 12)}'`, 'Channel', () => layer.send(bad, numbered(1)));
    await refusedName(`group_add of '${bad.slice(0, 12)}'`, 'Channel', () => layer.groupAdd('chat', bad));
    await refusedName(`group_add to '${bad.slice(0, 12)}'`, 'Group', () => layer.groupAdd(bad, channel));
    await refusedName(`group_send to '${bad.slice(0, 12)}'`, 'Group', () => layer.groupSend(bad, numbered(1)));
  }
  await refusedName("send to 'a!b!c'", 'Channel', () => layer.send('a!b!c', numbered(1)));
  await refusedName("group_add to 'a!b'", 'Group', () => layer.groupAdd('a!b', channel));
}

async function emptiedQueue(bed: Bed): Promise<void> {
  const opened = await bed.open();
  const { layer } = opened;
  for (const n of [1, 2]) await layer.send('test-channel', numbered(n));
  await gives(bed, opened, 'test-channel', [1]);
  equal((await layer.held()).length, 1, 'messages held after the first receive');
  await gives(bed, opened, 'test-channel', [2]);
  equal((await layer.held()).length, 0, 'messages held after the second receive');
}

async function flushedUnderWaiter(bed: Bed): Promise<void> {
  const opened = await bed.open();
  const waiting = take(bed, opened, 'test-channel');
  const sent = opened.layer.send('test-channel', numbered(1));
  const flushed = opened.layer.flush();
  equal(await waiting, numbered(1), 'what the waiting receive got');
  await Promise.all([sent, flushed]);
}

async function refusesBeyondCapacity(bed: Bed): Promise<void> {
  const opened = await bed.open(['capacity=3']);
  const channel = await opened.layer.newChannel();
  for (const n of range(0, 3)) await opened.layer.send(channel, numbered(n));
  await refused('the fourth send', 'ChannelFull', () => opened.layer.send(channel, numbered(3)));
  await gives(bed, opened, channel, [0, 1, 2]);
  await givesNothing(bed, opened, channel);
}

async function threeInOrder(bed: Bed): Promise<void> {
  const opened = await bed.open();
  const channel = await opened.layer.newChannel();
  for (const n of range(0, 3)) await opened.layer.send(channel, numbered(n));
  await gives(bed, opened, channel, [0, 1, 2]);
}

async function fullMember(bed: Bed): Promise<void> {
  const opened = await bed.open(['capacity=3']);
  const channel = await opened.layer.newChannel();
  await opened.layer.groupAdd('test-group', channel);
  for (const n of range(0, 5)) await opened.layer.groupSend('test-group', numbered(n));
  await gives(bed, opened, channel, [0, 1, 2]);
  await givesNothing(bed, opened, channel);
}

const receiveFor = async (bed: Bed, ms: number, receive: (signal: AbortSignal) => Promise<Message>): Promise<void> => {
  await rejection('a receive with nothing to get', () => receive(AbortSignal.any([bed.signal, AbortSignal.timeout(ms)])));
};

async function expires(bed: Bed): Promise<void> {
  const { layer, events } = await bed.open(['expiry=100ms']);
  await layer.send('test-channel', numbered(1));
  await bed.until('the message to expire', async () => (await layer.held()).length === 0);
  await receiveFor(bed, 100, (signal) => layer.receive('test-channel', signal));
  equal(events, [{ kind: 'expired', message: numbered(1), channel: 'test-channel' }], 'events');
}

async function expiresUnread(bed: Bed): Promise<void> {
  const { layer, events } = await bed.open(['expiry=100ms']);
  await layer.send('unread', numbered(1));
  await bed.until('a receive on another channel to end the message', async () => {
    await receiveFor(bed, 20, (signal) => layer.receive('other', signal));
    return events.length > 0;
  });
  equal(events, [{ kind: 'expired', message: numbered(1), channel: 'unread' }], 'events');
  equal(await layer.held(), [], 'what is held');
}

async function expiresOldOnly(bed: Bed): Promise<void> {
  const opened = await bed.open(['expiry=1s']);
  const { layer, events } = opened;
  for (const n of [0, 1]) await layer.send('test-channel', numbered(n));
  await bed.until('two messages to expire', async () => (await layer.held()).length === 0);
  await layer.send('test-channel', numbered(2));
  await gives(bed, opened, 'test-channel', [2]);
  equal(
    events.map((event) => event.kind),
    ['expired', 'expired'],
    'events',
  );
  equal(await layer.held(), [], 'what is held');
}

export const BASE_CASES: readonly ConformanceCase[] = [
  { id: '4.1.1', behaviour: 'a test layer without TEST_CONFIG is a configuration error', skip: DJANGO },
  { id: '4.1.2', behaviour: 'a test layer takes its options from TEST_CONFIG', skip: DJANGO },
  { id: '4.1.3', behaviour: 'layers are opened anew when the setting changes', skip: DJANGO },
  { id: '4.1.4', behaviour: "an error inside a layer's constructor comes out unchanged", skip: DJANGO },
  {
    id: '4.1.5',
    behaviour: 'the message received equals the message sent',
    needs: [],
    run: async (bed) => {
      const opened = await bed.open();
      const channel = await opened.layer.newChannel();
      await opened.layer.send(channel, RICH);
      equal(await take(bed, opened, channel), RICH, 'the message');
    },
  },
  { id: '4.1.6', behaviour: 'good names are taken; others, non-ASCII or long, are refused', needs: ['names'], run: names },
  {
    id: '4.1.7',
    behaviour: 'a group name of 101 characters is a TypeError about groups',
    needs: ['names'],
    run: async (bed) => {
      const { layer } = await bed.open();
      await refusedName('group_send', 'Group', () => layer.groupSend('g'.repeat(101), numbered(1)));
    },
  },
  {
    id: '4.1.8',
    behaviour: 'a channel name of 101 characters is a TypeError about channels',
    needs: ['names'],
    run: async (bed) => {
      const { layer } = await bed.open();
      await refusedName('send', 'Channel', () => layer.send('c'.repeat(101), numbered(1)));
    },
  },
  { id: '4.1.9', behaviour: 'the old check of channel names warns', skip: DEPRECATED },
  { id: '4.1.10', behaviour: 'the old check of group names warns', skip: DEPRECATED },
  { id: '4.1.11', behaviour: 'a queue is there until its last message is received', needs: ['channel-queues'], run: emptiedQueue },
  {
    id: '4.1.12',
    behaviour: 'a waiting receive gets its message although the queue is dropped',
    needs: ['channel-queues'],
    run: flushedUnderWaiter,
  },
  { id: '4.1.13', behaviour: 'capacity 3: the fourth unread message is refused', needs: ['queues'], run: refusesBeyondCapacity },
  {
    id: '4.1.14',
    behaviour: 'a new channel can be sent to and received from',
    needs: [],
    run: async (bed) => {
      const opened = await bed.open();
      const [one, two] = [await opened.layer.newChannel(), await opened.layer.newChannel()];
      equal(one === two, false, 'whether two new names are the same');
      await opened.layer.send(one, numbered(1));
      await gives(bed, opened, one, [1]);
      await givesNothing(bed, opened, two);
    },
  },
  { id: '4.1.15', behaviour: 'three messages come in order', needs: [], run: threeInOrder },
  { id: '4.1.16', behaviour: 'a group message reaches its members, and no discarded one', needs: [], run: groupBasics },
  { id: '4.1.17', behaviour: 'group_send skips a full member without an error', needs: ['queues'], run: fullMember },
  { id: '4.1.18', behaviour: 'an unread message is gone after its expiry', needs: ['channel-queues'], run: expires },
  {
    id: '4.1.19',
    behaviour: 'a receive on one channel clears what has expired on another',
    needs: ['channel-queues'],
    run: expiresUnread,
  },
  { id: '4.1.20', behaviour: 'expired messages go, a newer one stays', needs: ['channel-queues'], run: expiresOldOnly },
];
