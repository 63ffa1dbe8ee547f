import { Socket, type connect, type NetConnectOpts, type SocketConnectOpts, type SocketConstructorOpts } from 'node:net';
import { nowNs } from '../../platform/clock.ts';

/** As much as Node reads at once. */
const READ_BYTES = 64 * 1024;
/** Copies of so many bytes lie side by side. */
const SLAB_BYTES = 4 * READ_BYTES;
/** Reads that wait at most to be told. */
const BATCH = 256;

/** Where every read of this process lands. A read calls back before the next one begins, on whichever socket, so what came is copied in time. */
const landing = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * What the sockets of this process have read in one turn of the event loop. Whoever listens is told at its end, of one read after another:
 * code that does the same for many sockets in a row is in the cache.
 */
class TurnReads {
  /** When the bytes came that are being told of; NaN while nothing is. */
  arrivedNs = NaN;
  private waiting = 0;
  private readonly sockets: (SharedSocket | null)[] = [];
  private readonly pieces: (Buffer | null)[] = [];
  private readonly readNs = new Float64Array(BATCH);
  /** What landed last, by its length: most frames are as long as the one before. */
  private landed = landing.subarray(0, 0);
  private slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private slabUsed = 0;
  private readonly tellLater = (): void => this.tell();

  add(socket: SharedSocket, bytes: number): void {
    const at = this.waiting;
    this.readNs[at] = nowNs();
    this.sockets[at] = socket;
    this.pieces[at] = this.copied(bytes);
    this.waiting = at + 1;
    if (at === 0) setImmediate(this.tellLater);
    else if (this.waiting === BATCH) this.tell();
  }

  /** The bytes that have landed, as a copy. */
  copied(bytes: number): Buffer {
    if (this.landed.length !== bytes) this.landed = landing.subarray(0, bytes);
    if (this.slabUsed + bytes > SLAB_BYTES) {
      this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.slabUsed = 0;
    }
    const from = this.slabUsed;
    this.slabUsed += bytes;
    this.slab.set(this.landed, from);
    return this.slab.subarray(from, this.slabUsed);
  }

  /** Tells of all that waits. What a listener does may call this again: the rest is told when it has returned. */
  tell(): void {
    if (!Number.isNaN(this.arrivedNs)) return;
    try {
      for (let at = 0; at < this.waiting; at++) {
        const socket = this.sockets[at]!;
        const piece = this.pieces[at]!;
        this.sockets[at] = null;
        this.pieces[at] = null;
        this.arrivedNs = this.readNs[at]!;
        socket.hear(piece);
      }
    } finally {
      this.waiting = 0;
      this.arrivedNs = NaN;
    }
  }
}

const turn = new TurnReads();

/** When the bytes came that a listener of a socket is being told of: at their read, where sockets share it, and now elsewhere. In ns. */
export function arrivalNs(): number {
  return Number.isNaN(turn.arrivedNs) ? nowNs() : turn.arrivedNs;
}

/** Whoever listens hears first what came first, and all of it before the socket's end or the error that ends it. */
class SharedSocket extends Socket {
  constructor(options: SocketConstructorOpts) {
    // The types of Node do not know `onread` here.
    super({ ...options, onread: { buffer: landing, callback: (bytes: number) => this.onRead(bytes) } } as SocketConstructorOpts);
  }

  /**
   * While nobody takes it, or something waits to be taken, it goes into the socket's stream, whose rules hold: what came first is told
   * first, and a paused socket stops reading.
   */
  hear(piece: Buffer): boolean {
    if (this.readableFlowing !== true || this.readableLength > 0) return this.push(piece);
    return this.emit('data', piece);
  }

  override push(piece: Buffer | null): boolean {
    if (piece === null) turn.tell();
    return super.push(piece);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error !== null) turn.tell();
    super._destroy(error, callback);
  }

  /** Answers whether to read on. */
  private onRead(bytes: number): boolean {
    if (this.readableFlowing === true) {
      turn.add(this, bytes);
      return true;
    }
    turn.tell();
    return this.push(turn.copied(bytes));
  }
}

/**
 * Option of a WebSocket to `url`: it reads into memory that all sockets of the process share. Node gives each read 64 KiB of its own and
 * takes it through a stream, which is a tenth of what a small message costs. A socket behind TLS reads as ever.
 */
export function readingShared(url: string): { readonly createConnection?: typeof connect } {
  // The types of ws name every form of `connect`; ws calls this one.
  return new URL(url).protocol === 'ws:' ? { createConnection: connectShared as typeof connect } : {};
}

function connectShared(options: NetConnectOpts): Socket {
  // A `path` would be that of a Unix socket; it is the URL's here.
  const toHost = { ...options, path: undefined };
  return new SharedSocket(toHost).connect(toHost as unknown as SocketConnectOpts);
}
