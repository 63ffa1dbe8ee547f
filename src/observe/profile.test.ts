import { describe, expect, it } from 'vitest';
import { sampleObservation } from '../../test/sample-observation.ts';
import { workloadProblem } from '../model/workload.ts';
import { aclCommand, mayAsk } from './allowed-commands.ts';
import { withdrawn } from './observed-figure.ts';
import { observationJson, profileText, workloadOf } from './profile.ts';

describe('a profile', () => {
  it('has the numbers of an observation, which do not contradict each other, and nothing else', () => {
    const profile = workloadOf(sampleObservation());
    expect(workloadProblem(profile)).toBeNull();
    expect(profile).toMatchObject({
      observed: { from: ['redis'], layer: 'redis', seconds: 60 },
      processes: 4,
      memberships: 600,
      messages: { mean: 299 },
      options: { capacity: 100, group_expiry: 86_400 },
      basis: { sendsPerSecond: 'counted', deliveriesPerSecond: 'reckoned', messages: 'assumed' },
    });
    // The mean of the assumed distribution is the one that was reckoned: its median is below.
    expect(profile.messages!.bytes[2]).toBe(217);
  });

  it('has null for what was not seen', () => {
    const observation = sampleObservation();
    const unknown = withdrawn('other applications use this Redis');
    const profile = workloadOf({
      ...observation,
      figures: { ...observation.figures, messageBytes: unknown, joinsPerSecond: unknown, deliveriesPerSecond: unknown },
      rows: observation.rows.map((row) => ({ ...row, sendsPerSecond: null })),
    });
    expect(profile).toMatchObject({ messages: null, joinsPerSecond: null, basis: { deliveriesPerSecond: null, messages: null } });
    expect(profile.groups.every(({ sendsPerSecond }) => sendsPerSecond === null)).toBe(true);
  });

  it('is a small file, however many sizes of groups there are', () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({
      sizes: [2 ** i, 2 ** (i + 1) - 1] as const,
      groups: 1000,
      members: 1500 * 2 ** i,
      sendsPerSecond: 1.234,
    }));
    const text = profileText(workloadOf({ ...sampleObservation(), rows }));
    expect(text.length).toBeLessThan(4096);
    expect(JSON.parse(text)).toEqual(workloadOf({ ...sampleObservation(), rows }));
  });

  it('stands beside figures and findings as JSON', () => {
    const printed = JSON.parse(JSON.stringify(observationJson(sampleObservation(), null))) as Record<string, unknown>;
    expect(printed).toMatchObject({
      figures: { processes: { value: 4, basis: 'counted' } },
      findings: [{ id: 'deadProcesses' }],
      profile: null,
    });
  });
});

describe('what an observer may ask', () => {
  it('is what the printed user may, and nothing that writes', () => {
    expect(aclCommand('redis', 'asgi')).toBe(
      'ACL SETUSER layerbench on >PASSWORD resetkeys resetchannels -@all %R~asgi:group:* +select +client|setname +info +time +scan +zrange +zcard +zcount +pttl (-@all +zcard +zcount +pttl %R~asgispecific.*)',
    );
    expect(aclCommand('redis', 'a*b')).toContain(String.raw`%R~a\*b:group:*`);
  });

  it.each<[boolean, readonly string[]]>([
    [true, ['ZRANGE', 'asgi:group:room', '0', '499']],
    [true, ['zcard', 'asgispecific.abc!']],
    [true, ['info']],
    [true, ['client', 'SETNAME', 'x']],
    [false, ['client', 'LIST']],
    [false, ['client']],
    [false, ['ZRANGE', 'asgispecific.abc!', '0', '-1']],
    [false, ['ZRANGE', 'other:group:room', '0', '-1']],
    [false, ['zcard', 'secrets']],
    [false, ['GET', 'asgi:group:room']],
    [false, ['ZADD', 'asgi:group:room', '1', 'x']],
    [false, ['EVAL', 'return 1', '0']],
    [false, ['MONITOR']],
    [false, ['CONFIG', 'GET', '*']],
    [false, ['__proto__']],
  ])('%s for %j', (isAllowed, words) => {
    expect(mayAsk(words, 'redis', 'asgi')).toBe(isAllowed);
  });
});
