import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from './printable.ts';

describe('printable', () => {
  it('writes control codes out, and leaves words alone', () => {
    expect(printable('\u001b[31mred\u001b]0;title\u0007')).toBe('\\u001b[31mred\\u001b]0;title\\u0007');
    expect(printable('Grüße, 世界 — ok')).toBe('Grüße, 世界 — ok');
  });

  it('gives one line without a control code for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 250 }), (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(shown.length).toBeLessThanOrEqual(201 * 6);
      }),
    );
  });
});
