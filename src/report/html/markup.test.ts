import { describe, expect, it } from 'vitest';
import { labelText } from '../label-text.ts';
import { bdi, html, jsonElement } from './markup.ts';

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror='alert("1")'>&amp;`;

describe('HTML of the report', () => {
  it('escapes what is put into it, in text and in attributes', () => {
    const { text } = html`<p title="${HOSTILE}">${HOSTILE}</p>`;
    expect(text.match(/<[a-z/]+/g)).toEqual(['<p', '</p']);
    expect(text.match(/"/g)).toHaveLength(2);
    expect(text).toContain('&amp;amp;');
  });

  it('takes HTML as it is, alone and in lists, and leaves nothing out as nothing', () => {
    expect(html`<ul>${[1, 2].map((n) => html`<li>${n}`)}${null}${undefined}${false}</ul>`.text).toBe('<ul><li>1<li>2</ul>');
  });

  it('has no control characters and no halves of characters', () => {
    expect(html`${'a\u0000b\u001bc\ud800d\te'}`.text).toBe('a\ufffdb\ufffdc\ufffdd\te');
  });

  it('carries data that cannot end its element, and is read back the same', () => {
    const { text } = jsonElement([HOSTILE, '<!--', '\u2028']);
    expect(text.match(/</g)).toHaveLength(2);
    expect(JSON.parse(text.replace(/^<script[^>]*>|<\/script>$/g, ''))).toEqual([HOSTILE, '<!--', '\u2028']);
  });

  it('keeps the direction of a name to the name', () => {
    expect(bdi('שרת').text).toBe('<bdi>שרת</bdi>');
    expect(labelText('a\u202eb\u2066c')).toBe('abc');
  });

  it('cuts names where there is little room', () => {
    expect(labelText('x'.repeat(10_000), 20)).toBe(`${'x'.repeat(19)}…`);
    expect(labelText('😀'.repeat(30), 10)).toBe(`${'😀'.repeat(9)}…`);
  });
});
