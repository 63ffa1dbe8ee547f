import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeDeployment } from '../../src/observe/redis/observe-deployment.ts';
import { observationJson, workloadOf } from '../../src/observe/profile.ts';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import { readInfo } from '../../src/redis/info.ts';
import { ManagedRedis } from '../../src/redis/managed.ts';
import { renderObservation } from '../../src/report/observation.ts';
import { PLAIN } from '../../src/report/style.ts';

/* A Redis full of what an observer should not stumble over: many keys, names that are no names, a connection that breaks. */

const GROUPS = 20_000;
const OTHERS = 200_000;
const POPULATE = `
for i = 1, ${OTHERS} do redis.call('SET', 'cache:' .. i, 'x') end
for i = 1, ${GROUPS} do
  for member = 1, 1 + i % 3 do
    redis.call('ZADD', 'asgi:group:SECRET-' .. i, ARGV[1], 'specific.' .. i % 5 .. '!' .. i .. '-' .. member)
  end
end
redis.call('ZADD', 'asgi:group:' .. string.rep('SECRET', 2000), 1, 'x')
redis.call('ZADD', 'asgi:group:\\27[2J\\n' .. 'SECRET', 1, 'x')
redis.call('SET', 'asgi:group:text', 'SECRET')
for i = 1, 300 do redis.call('ZADD', 'asgi:group:SECRET-1', 1, string.rep('SECRET', 2000) .. i) end
redis.call('ZADD', 'asgi:group:SECRET-2', 'inf', 'specific.1!' .. 'SECRET', 1, '\\0\\27SECRET')
`;

let redis: ManagedRedis;
let admin: RedisConnection;
beforeAll(async () => {
  redis = await ManagedRedis.start();
  admin = await connectRedis(redis.url);
  await admin.eval(POPULATE, 0, Date.now() / 1000);
});
afterAll(async () => {
  admin.disconnect();
  await redis[Symbol.asyncDispose]();
});

describe('a hostile Redis', () => {
  it('is sampled within the time, though its connections break: nothing is written, and no name is shown', async () => {
    const before = await readInfo(admin);
    const keys = await admin.dbsize();
    let looks = 0;
    const observation = await observeDeployment(
      { layer: 'redis', hosts: [redis.url], prefix: 'asgi', forMs: 4500, commandsPerSecond: 10_000, configured: {} },
      new AbortController().signal,
      () => {
        looks += 1;
        if (looks === 1) void admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      },
    );
    const { figures } = observation;
    expect(looks).toBeGreaterThan(1);
    // A machine that is busy may not find all of them in the time: then their number is an estimate, with its interval.
    expect(figures.groups.low).toBeLessThanOrEqual(GROUPS);
    expect(figures.groups.high).toBeGreaterThanOrEqual(GROUPS);
    const members = Array.from({ length: GROUPS }, (_, i) => 1 + ((i + 1) % 3)).reduce((sum, size) => sum + size, 0);
    expect(figures.memberships.basis).toBe('sampled');
    expect(figures.memberships.low).toBeLessThan(members);
    expect(figures.memberships.high).toBeGreaterThan(members);
    expect(figures.groupSizeP50).toMatchObject({ value: 2, basis: 'sampled' });
    expect(figures.processes.value).toBe(5);
    const said = `${renderObservation(observation, PLAIN)}${JSON.stringify(observationJson(observation, workloadOf(observation)))}`;
    expect(said).not.toMatch(/SECRET|specific|\p{Cc}(?<!\n)/u);
    const { callsByCommand } = await readInfo(admin);
    for (const command of ['set', 'zadd', 'eval', 'del', 'expire', 'zrem', 'config|set', 'get', 'keys'])
      expect([command, callsByCommand[command]]).toEqual([command, before.callsByCommand[command]]);
    expect(await admin.dbsize()).toBe(keys);
  });
});
