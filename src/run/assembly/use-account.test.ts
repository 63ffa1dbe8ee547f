import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addUp, known, mapFigure, sumOf, unknown } from '../../model/figure.ts';
import { UNREAD_SHARE, UseAccount, type UseReading } from './use-account.ts';
import { NS_PER_SECOND } from '../../model/units.ts';

function reading(seconds: number, identity: string, cpuSeconds: number | null, waits = 0): UseReading {
  return { atNs: seconds * NS_PER_SECOND, identity, cpuSeconds, rssBytes: 1000 * seconds, counters: { waits } };
}

describe('a figure', () => {
  it('of parts is unknown where one of them is', () => {
    expect(sumOf([known(1), known(2)])).toEqual(known(3));
    expect(sumOf([known(1), unknown('a'), unknown('a')])).toEqual(unknown('a'));
    expect(sumOf([unknown('a'), unknown('b')])).toEqual(unknown('a (and 1 more)'));
    expect(mapFigure(unknown('a'), (value) => value + 1)).toEqual(unknown('a'));
    expect([addUp([1, 2]), addUp([1, null]), addUp([])]).toEqual([3, null, null]);
  });
});

describe('what a process has used', () => {
  it('counts from the mark', () => {
    const use = new UseAccount('server 0');
    use.mark(reading(10, 'a', 3, 100));
    use.add(reading(11, 'a', 4, 150));
    use.finish(reading(12, 'a', 5.5, 170));
    expect([use.cpuSeconds(), use.counted('waits', 'round trips')]).toEqual([known(2.5), known(70)]);
    expect(use.memory()).toMatchObject({ startBytes: 10_000, peakBytes: 12_000, endBytes: 12_000 });
    expect([use.memoryAtMark(), use.memoryAtEnd(), use.restarts]).toEqual([known(10_000), known(12_000), 0]);
  });

  it('adds up over the lives of one that was killed', () => {
    const use = new UseAccount('server 0');
    use.mark(reading(10, 'a', 3, 1000));
    use.ended(14.1 * NS_PER_SECOND);
    // It was asked before it was killed, and answered later.
    use.add(reading(14, 'a', 5, 1400));
    use.add(reading(15, 'b', 0.25, 5));
    use.finish(reading(20, 'b', 1, 300));
    expect([use.cpuSeconds(), use.counted('waits', 'round trips'), use.restarts]).toEqual([known(3), known(700), 1]);
  });

  it('is unknown where it died long after its last report', () => {
    const use = new UseAccount('server 0');
    use.mark(reading(10, 'a', 3));
    use.add(reading(11, 'a', 4));
    use.ended(11.7 * NS_PER_SECOND);
    use.finish(reading(12, 'b', 0.5));
    expect(use.cpuSeconds()).toEqual(unknown('server 0 ended 700 ms after its last report'));
  });

  it('knows a process that was replaced by itself', () => {
    const use = new UseAccount('server 0');
    use.mark(reading(0, 'a', 0));
    use.add(reading(99, 'a', 10));
    use.add(reading(100, 'b', 1));
    use.finish(reading(101, 'b', 2));
    expect([use.cpuSeconds(), use.restarts]).toEqual([known(12), 1]);
  });

  it('is unknown where it is not told, or goes backwards, or the end is missing', () => {
    const of = (last: UseReading | null): UseAccount => {
      const use = new UseAccount('server 1');
      use.mark(reading(0, 'a', 2, 5));
      use.finish(last);
      return use;
    };
    expect(of(reading(1, 'a', null)).cpuSeconds()).toEqual(unknown('server 1 does not tell its CPU time'));
    expect(of(reading(1, 'a', 1)).cpuSeconds()).toEqual(unknown('the CPU time of server 1 went backwards'));
    expect(of(reading(1, 'a', 3, 4)).counted('waits', 'round trips')).toEqual(unknown('the round trips of server 1 went backwards'));
    expect(of(reading(1, 'a', 3)).counted('other', 'trims')).toEqual(unknown('server 1 does not tell its trims'));
    expect(of(null).cpuSeconds()).toEqual(unknown('server 1 gave no last report'));
    expect(new UseAccount('Redis').cpuSeconds()).toEqual(unknown('Redis gave no last report'));
  });

  /** Steps of a second: work of a whole number of units, then maybe a reading, maybe a kill. */
  const step = fc.record({ work: fc.nat(50), isRead: fc.boolean(), isKilled: fc.boolean() });

  it('is never negative, never more than was used, and short of it only by what nobody saw', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(1000), (steps, before) => {
        const use = new UseAccount('server 0');
        let [life, total, used, unseen] = [0, before, 0, 0];
        let [unreadSeconds, lastSeen] = [0, 0];
        const now = (second: number): UseReading => reading(second, `life ${life}`, total, total);
        use.mark(now(0));
        steps.forEach(({ work, isRead, isKilled }, i) => {
          total += work;
          used += work;
          unseen += work;
          if (isRead) {
            use.add(now(i + 1));
            [unseen, lastSeen] = [0, i + 1];
          }
          if (!isKilled) return;
          used -= unseen;
          unreadSeconds += i + 1 - lastSeen;
          [unseen, lastSeen] = [0, i + 1];
          use.ended((i + 1) * NS_PER_SECOND);
          [life, total] = [life + 1, 0];
        });
        use.finish(now(steps.length + 1));
        const isKnown = unreadSeconds <= UNREAD_SHARE * (steps.length + 1);
        for (const figure of [use.cpuSeconds(), use.counted('waits', 'round trips')]) expect(figure.value).toBe(isKnown ? used : null);
      }),
      { numRuns: 2000 },
    );
  });

  it('is never negative, whatever is read when', () => {
    const read = fc.record({
      at: fc.nat(20),
      life: fc.nat(3),
      cpu: fc.option(fc.double({ min: 0, max: 9, noNaN: true })),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(read, { maxLength: 20 }), (reads) => {
        const use = new UseAccount('server 0');
        use.mark(reading(1, 'life 0', 1, 1));
        for (const { at, life, cpu, ends } of reads) {
          if (ends) use.ended(at * NS_PER_SECOND);
          else use.add(reading(at, `life ${life}`, cpu, cpu ?? 0));
        }
        use.finish(reading(21, 'life 3', 5, 5));
        for (const { value } of [use.cpuSeconds(), use.counted('waits', 'round trips')]) expect(value ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});
