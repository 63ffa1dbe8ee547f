import { LatencyRecorder, mergeLatencies, type EncodedLatency } from '../stats/histogram.ts';

const CHUNK_MESSAGES = 64;

interface Chunk {
  readonly firstNs: Float64Array;
  readonly lastNs: Float64Array;
  /** Deliveries still to come before every message of the chunk is complete. */
  remaining: number;
}

/** First and last deliveries of one chunk of messages of a publisher, ns after due; Infinity and -Infinity where there is none. */
export interface SpanChunk {
  readonly publisher: number;
  readonly fromSeq: number;
  readonly firstNs: Float64Array;
  readonly lastNs: Float64Array;
}

/**
 * Per message, the latency to its first and to its last member. Messages are kept in chunks; a chunk whose deliveries
 * have all arrived is recorded and forgotten, so that memory follows what is in flight or lost (16 bytes a message),
 * not the length of the run. Chunks of a group that other drivers share are never complete here: they are handed over.
 */
export class MessageSpans implements Disposable {
  private readonly chunks = new Map<number, (Chunk | undefined)[]>();
  private readonly members: ArrayLike<number>;
  private readonly shared: ReadonlySet<number>;
  private readonly first = new LatencyRecorder();
  private readonly last = new LatencyRecorder();

  /** `members[publisher]`: how many deliveries one of its messages has here; `shared`: publishers of shared groups. */
  constructor(members: ArrayLike<number>, shared: ReadonlySet<number>) {
    this.members = members;
    this.shared = shared;
  }

  /** One distinct delivery, `ns` after its message was due. Answers whether it is the first of its message here. */
  record(publisher: number, seq: number, ns: number): boolean {
    const index = Math.floor(seq / CHUNK_MESSAGES);
    let chunks = this.chunks.get(publisher);
    if (chunks === undefined) this.chunks.set(publisher, (chunks = []));
    const chunk = (chunks[index] ??= newChunk(CHUNK_MESSAGES * (this.members[publisher] ?? 0)));
    const at = seq % CHUNK_MESSAGES;
    const isFirst = chunk.firstNs[at] === Infinity;
    if (ns < chunk.firstNs[at]!) chunk.firstNs[at] = ns;
    if (ns > chunk.lastNs[at]!) chunk.lastNs[at] = ns;
    chunk.remaining -= 1;
    if (chunk.remaining === 0 && !this.shared.has(publisher)) {
      this.fold(chunk.firstNs, chunk.lastNs);
      chunks[index] = undefined;
    }
    return isFirst;
  }

  /** Of the messages that are complete here. */
  soFar(): { readonly first: EncodedLatency; readonly last: EncodedLatency } {
    return { first: this.first.encode(), last: this.last.encode() };
  }

  /** Records everything that is still open and gives the two distributions, and the chunks of shared groups. */
  finish(): { readonly first: EncodedLatency; readonly last: EncodedLatency; readonly shared: readonly SpanChunk[] } {
    const shared: SpanChunk[] = [];
    for (const [publisher, chunks] of this.chunks) {
      chunks.forEach((chunk, index) => {
        if (chunk === undefined) return;
        if (this.shared.has(publisher))
          shared.push({ publisher, fromSeq: index * CHUNK_MESSAGES, firstNs: chunk.firstNs, lastNs: chunk.lastNs });
        else this.fold(chunk.firstNs, chunk.lastNs);
      });
    }
    this.chunks.clear();
    return { first: this.first.encode(), last: this.last.encode(), shared };
  }

  private fold(firstNs: Float64Array, lastNs: Float64Array): void {
    firstNs.forEach((ns, at) => {
      if (ns === Infinity) return;
      this.first.record(ns);
      this.last.record(lastNs[at]!);
    });
  }

  [Symbol.dispose](): void {
    this.first[Symbol.dispose]();
    this.last[Symbol.dispose]();
  }
}

function newChunk(remaining: number): Chunk {
  return {
    firstNs: new Float64Array(CHUNK_MESSAGES).fill(Infinity),
    lastNs: new Float64Array(CHUNK_MESSAGES).fill(-Infinity),
    remaining,
  };
}

/** Merges the chunks that drivers share: the earliest first and the latest last delivery of each message. */
export function mergeSpans(chunks: readonly SpanChunk[]): { readonly first: EncodedLatency; readonly last: EncodedLatency } {
  // To make a recorder takes longer than to assemble many a result.
  if (chunks.length === 0) return { first: mergeLatencies([]), last: mergeLatencies([]) };
  using first = new LatencyRecorder();
  using last = new LatencyRecorder();
  const merged = new Map<string, { firstNs: Float64Array; lastNs: Float64Array }>();
  for (const chunk of chunks) {
    const key = `${chunk.publisher}/${chunk.fromSeq}`;
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, { firstNs: chunk.firstNs.slice(), lastNs: chunk.lastNs.slice() });
      continue;
    }
    chunk.firstNs.forEach((ns, at) => (known.firstNs[at] = Math.min(known.firstNs[at]!, ns)));
    chunk.lastNs.forEach((ns, at) => (known.lastNs[at] = Math.max(known.lastNs[at]!, ns)));
  }
  for (const { firstNs, lastNs } of merged.values()) {
    firstNs.forEach((ns, at) => {
      if (ns === Infinity) return;
      first.record(ns);
      last.record(lastNs[at]!);
    });
  }
  return { first: first.encode(), last: last.encode() };
}
