import { describe, expect, it } from 'vitest';
import { sampleWorkload } from '../../test/sample-workload.ts';
import { choiceText } from './choice-text.ts';
import { canonicalJson, documentText } from './document-text.ts';
import { canonicalWorkload } from './workload.ts';

describe('a document as the value of a parameter', () => {
  it('is shown by its format and what tells it from another', () => {
    const [one, other] = [sampleWorkload(), sampleWorkload({ dispersion: 2 })].map((profile) => documentText(canonicalWorkload(profile)));
    expect(one).toMatch(/^layerbench-workload\/1 [0-9a-f]{8}$/);
    expect(other).not.toBe(one);
    expect(choiceText('parameter workload', canonicalWorkload(sampleWorkload()))).toEqual(['--workload', one]);
  });

  it('is shown as it is where it is short, and so is every other text', () => {
    for (const text of ['{"a":1}', 'constant', '']) expect(documentText(text)).toBe(text);
  });

  it('is one text, whatever the order of its keys', () => {
    expect(canonicalJson({ b: [2, 1], a: { d: 1, c: null } })).toBe('{"a":{"c":null,"d":1},"b":[2,1]}');
    expect(canonicalJson(JSON.parse('{"a": {"c": null, "d": 1}, "b": [2, 1]}'))).toBe(canonicalJson({ b: [2, 1], a: { d: 1, c: null } }));
  });
});
