import { describe, expect, it } from 'vitest';
import { sampleWorkload } from '../../test/sample-workload.ts';
import { canonicalWorkload } from '../model/workload.ts';
import { parseWorkload, readWorkload } from './read-workload.ts';

const text = (changes: object = {}): string => JSON.stringify({ ...sampleWorkload(), ...changes });
const [row] = sampleWorkload().groups;

describe('a workload profile', () => {
  it('is read, and has one canonical text, whatever the order of its keys and its spaces', () => {
    const profile = parseWorkload(text(), 'observed.json');
    expect(profile).toEqual(sampleWorkload());
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(profile).toReversed()), null, 4);
    expect(canonicalWorkload(parseWorkload(reversed, 'observed.json'))).toBe(canonicalWorkload(profile));
    expect(JSON.parse(canonicalWorkload(profile))).toEqual(profile);
  });

  it('has null for what nobody could see', () => {
    const unseen = {
      memberships: null,
      groups: [{ sizes: null, groups: 60, members: null, sendsPerSecond: 33.9, spread: 0 }],
      messages: null,
      basis: { sendsPerSecond: 'counted', deliveriesPerSecond: null, messages: null },
    };
    expect(parseWorkload(text(unseen), 'observed.json')).toMatchObject(unseen);
  });

  it.each([
    ['no JSON', '{', 'is not a whole JSON document'],
    ['a list', '[]', 'holds no object'],
    ['a result', '{"schemaVersion":1,"kind":"run"}', 'is a result file, not a workload profile'],
    ['another version', text({ format: 'layerbench-workload/2' }), 'has version 2 of the workload profile; this bench reads version 1'],
    ['another format', text({ format: 'x' }), 'at /format: must be equal to constant'],
    ['a key too many', text({ host: 'portal' }), "at its top level: the key 'host' is not known"],
    ['a key of a row too many', text({ groups: [{ ...row, name: 'chat' }] }), "at /groups/0: the key 'name' is not known"],
    ['a key too few', text({ dispersion: undefined }), "the key 'dispersion' is missing"],
    ['a number below 0', text({ connections: -1 }), 'at /connections: must be >= 0'],
    ['a part of a connection', text({ connections: 1.5 }), 'at /connections: must be integer'],
    ['25 rows', text({ groups: Array.from({ length: 25 }, () => row) }), 'at /groups: must NOT have more than 24 items'],
    ['impossible sizes', text({ groups: [{ ...row, members: 10 }] }), 'at /groups/0: 9 groups of 1 to 1 members do not have 10 members'],
    ['sizes that fall', text({ groups: [{ ...row, sizes: [2, 1] }] }), 'its smallest size, 2, is above its largest, 1'],
    ['other memberships', text({ memberships: 601 }), 'at /memberships: it is 601, and the rows of groups have 600 members'],
    ['more shares than sizes', text({ messages: { at: [0.1, 0.5], bytes: [9], mean: 9 } }), 'it has 2 shares, and 1 sizes'],
    ['shares above 1', text({ messages: { at: [0.5, 50], bytes: [9, 9], mean: 9 } }), 'its shares do not ascend from 0 to 1'],
    ['sizes that descend', text({ messages: { at: [0.1, 0.5], bytes: [9, 8], mean: 9 } }), 'its sizes do not ascend'],
  ])('is refused with the place of the problem: %s', (_, content, message) => {
    expect(() => parseWorkload(content, 'observed.json')).toThrow(message);
    expect(() => parseWorkload(content, 'observed.json')).toThrow(expect.objectContaining({ kind: 'usage' }) as Error);
  });

  it('is refused where there is no file', async () => {
    await expect(readWorkload('no/such/file')).rejects.toThrow("cannot read the workload profile 'no/such/file': there is no such file");
  });
});
