import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { SCHEMAS } from './server-says.ts';

describe('the schemas of what servers say', () => {
  it('are schemas', () => {
    const ajv = new Ajv();
    expect(SCHEMAS.filter((schema) => ajv.validateSchema(schema) !== true)).toEqual([]);
    expect(ajv.validateSchema({ type: 'objekt' })).toBe(false);
  });
});
