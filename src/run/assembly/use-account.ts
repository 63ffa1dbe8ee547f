import { known, sumOf, unknown, type Figure } from '../../model/figure.ts';
import { memoryOf } from '../../result/memory.ts';
import { MemoryTrace } from '../../result/memory-trace.ts';
import type { ProcessMemory } from '../../result/run-result.ts';
import { formatMs, NS_PER_MS } from '../../model/units.ts';

/** What a process says of itself at one moment. Totals count from its birth, or from some moment before the mark. */
export interface UseReading {
  /** Monotonic clock of the host; not later than the moment that the numbers are of. */
  readonly atNs: number;
  /** Tells a process from its successor: a pid, or the run id of a Redis. */
  readonly identity: string;
  /** null for what it does not tell. */
  readonly cpuSeconds: number | null;
  readonly rssBytes: number | null;
  readonly counters: Readonly<Record<string, number>>;
}

/** A process from its birth to its end. What began before the mark counts from there. */
interface Life {
  readonly fromNs: number;
  readonly base: UseReading | null;
  last: UseReading | null;
  endedNs: number | null;
}

/** Above this share of the time in which nobody saw what dead processes used, the sum is unknown. */
export const UNREAD_SHARE = 0.05;

/**
 * What one process has used since the mark, over all of its lives: one that was killed and started again counts on.
 * The last reading of a process that died is taken for all that it used. No figure is ever negative.
 */
export class UseAccount {
  private readonly name: string;
  private readonly lives: Life[] = [];
  private finalNs: number | null = null;
  private missedFromNs: number | null = null;
  private readonly memoryTrace = new MemoryTrace();

  /** `name`: how reasons call it, such as "server 0". */
  constructor(name: string) {
    this.name = name;
  }

  /** Everything counts from here. */
  mark(reading: UseReading): void {
    this.lives.push({ fromNs: reading.atNs, base: reading, last: null, endedNs: null });
    this.add(reading);
  }

  /** A later reading. One that comes after the end of its process still counts for that one. */
  add(reading: UseReading): void {
    if (this.lives.length === 0) return;
    this.missedFromNs = null;
    const life = this.lives.findLast(({ last, base }) => (last ?? base)?.identity === reading.identity) ?? this.newLife(reading);
    if (life.last !== null && reading.atNs < life.last.atNs) return;
    life.last = reading;
    if (reading.rssBytes !== null) this.memoryTrace.add({ atNs: reading.atNs, bytes: reading.rssBytes });
  }

  /** It was asked at that time, and gave no reading. */
  missed(atNs: number): void {
    this.missedFromNs ??= atNs;
  }

  /** The process was ended; what answers from now on is another. */
  ended(atNs: number): void {
    const life = this.lives.at(-1);
    if (life === undefined) return;
    life.endedNs = atNs;
    this.lives.push({ fromNs: atNs, base: null, last: null, endedNs: null });
  }

  /** The last reading; null where the process gave none. */
  finish(reading: UseReading | null): void {
    if (reading === null) return;
    this.add(reading);
    this.finalNs = reading.atNs;
  }

  /** Whether it was there at the mark and at the end. */
  get isComplete(): boolean {
    return this.lives.length > 0 && this.finalNs !== null;
  }

  /** Of the process that was read last; null before the mark. */
  get identity(): string | null {
    return this.lives.findLast(({ last }) => last !== null)?.last?.identity ?? null;
  }

  get restarts(): number {
    return Math.max(0, this.lives.length - 1);
  }

  /** When another took the place of the one before: it was there by `byNs`, and that one still at `afterNs`. */
  get replaced(): readonly { readonly afterNs: number; readonly byNs: number }[] {
    return this.lives.slice(1).map(({ fromNs }, i) => ({ afterNs: this.lives[i]!.last?.atNs ?? this.lives[i]!.fromNs, byNs: fromNs }));
  }

  /** Since when it gives no reading that it is asked for; null where it gave the last one. */
  get silentFromNs(): number | null {
    return this.missedFromNs;
  }

  /** Over all lives; null where it never told. */
  memory(): ProcessMemory | null {
    return memoryOf(this.memoryTrace, this.restarts === 0);
  }

  memoryAtMark(): Figure {
    return this.memoryIn(this.lives[0]?.base ?? null);
  }

  memoryAtEnd(): Figure {
    return this.memoryIn(this.isComplete ? (this.lives.at(-1)?.last ?? null) : null);
  }

  cpuSeconds(): Figure {
    return this.total('CPU time', (reading) => reading.cpuSeconds);
  }

  /** `what`: how a reason calls the counter. */
  counted(counter: string, what: string): Figure {
    return this.total(what, ({ counters }) => counters[counter] ?? null);
  }

  private memoryIn(reading: UseReading | null): Figure {
    if (reading === null) return unknown(`${this.name} gave no last report`);
    return reading.rssBytes === null ? unknown(`${this.name} does not tell its memory`) : known(reading.rssBytes);
  }

  private newLife(reading: UseReading): Life {
    const latest = this.lives.at(-1)!;
    if (latest.last === null && latest.base === null) return latest;
    latest.endedNs ??= reading.atNs;
    const life: Life = { fromNs: latest.endedNs, base: null, last: null, endedNs: null };
    this.lives.push(life);
    return life;
  }

  private total(what: string, read: (reading: UseReading) => number | null): Figure {
    if (!this.isComplete) return unknown(`${this.name} gave no last report`);
    const unreadNs = this.lives.reduce(
      (sum, { endedNs, last, fromNs }) => sum + (endedNs === null ? 0 : Math.max(0, endedNs - (last?.atNs ?? fromNs))),
      0,
    );
    if (unreadNs > UNREAD_SHARE * (this.finalNs! - this.lives[0]!.fromNs))
      return unknown(`${this.name} ended ${formatMs(Math.round(unreadNs / NS_PER_MS))} after its last report`);
    return sumOf(this.lives.map((life) => this.usedIn(life, what, read)));
  }

  private usedIn({ base, last }: Life, what: string, read: (reading: UseReading) => number | null): Figure {
    if (last === null) return known(0);
    const from = base === null ? 0 : read(base);
    const to = read(last);
    if (from === null || to === null) return unknown(`${this.name} does not tell its ${what}`);
    return to < from ? unknown(`the ${what} of ${this.name} went backwards`) : known(to - from);
  }
}
