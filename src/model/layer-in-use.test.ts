import { expect, it } from 'vitest';
import { readLayerInUse } from './layer-in-use.ts';

it('is read from what a server says, whatever that is', () => {
  const layer = { backend: 'channels_redis.core.RedisChannelLayer', hosts: ['redis://127.0.0.1:6379/0'], prefix: 'asgi' };
  expect(readLayerInUse(layer)).toEqual(layer);
  expect(readLayerInUse({ ...layer, hosts: ['redis://user:secret@127.0.0.1:6379/0'] })).toEqual({ ...layer, hosts: null });
  expect(readLayerInUse({ ...layer, hosts: ['redis://\u001b[31m'], prefix: '\u001b[31m' })).toEqual({
    ...layer,
    hosts: null,
    prefix: null,
  });
  expect(readLayerInUse({ backend: 'portal.Layer' })).toEqual({ backend: 'portal.Layer', hosts: null, prefix: null });
  for (const nonsense of [null, undefined, 7, 'redis', [], {}, { backend: 7 }, { backend: '\u001b[31m' }])
    expect(readLayerInUse(nonsense)).toBeNull();
});
