import { byKind } from '../result/result-kinds.ts';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILE, sampleRun } from '../../test/sample-results.ts';
import { csvText } from './csv-text.ts';
import { renderCsv } from './csv.ts';
import { fileNames } from './file-names.ts';

describe('csv', () => {
  it('is read back as it was written, whatever the texts', () => {
    const cells = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(cells, (rows) => {
        expect(parse(csvText(rows), { skip_empty_lines: false })).toEqual(rows);
      }),
      { numRuns: 100, examples: [[[[HOSTILE, '=1+1']]], [[['', ' x ']]]] },
    );
  });

  it('has a row for each run, with units in the header and empty cells where there is no data', () => {
    const run = sampleRun({ id: 'a', lost: 5, reasons: ['the generator fell behind'] });
    const measure = { name: 'joinP99Us', label: 'join', unit: 'us', value: 2500, direction: 'lowerIsBetter' } as const;
    const other = { ...sampleRun({ id: 'b', measures: [measure] }), run: { ...sampleRun({ id: 'b' }).run, tags: { note: HOSTILE } } };
    const [file] = renderCsv({ ...byKind([run, other]), series: 'response', maxBytes: 0 }).files;
    const rows = parse(file!.text, { columns: true });
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      run_id: 'a',
      valid: 'false',
      benchmark: 'fanout/redis/node/p4',
      delivered_per_s: '10000',
      response_p50_ms: '1',
      loss_ppm: '500',
      overCapacity_count: '5',
      transit_p50_ms: '',
      joinP99_ms: '',
      'parameter.ratePerSecond': '50',
      'layer_option.capacity': '100',
      'tag.note': '',
    });
    expect(rows[1]).toMatchObject({ joinP99_ms: '2.5', 'tag.note': HOSTILE });
  });
});

describe('names of files', () => {
  it('are safe everywhere, and never the same', () => {
    const names = fileNames(['fanout/redis/node/p8', 'Fanout/redis/node/p8', '../../etc/passwd', HOSTILE, '', '..', 'x'.repeat(500)]);
    expect(names.slice(0, 3)).toEqual(['fanout-redis-node-p8', 'Fanout-redis-node-p8-2', 'etc-passwd']);
    for (const name of names) expect(name).toMatch(/^\w[\w.-]{0,130}$/);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });
});
