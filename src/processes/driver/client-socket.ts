import { WebSocket, type ClientOptions } from 'ws';
import { messageOf } from '../../model/errors.ts';
import { errorText } from '../../model/error-text.ts';
import { printable } from '../../model/printable.ts';
import { tlsOptions, type Trust } from '../../model/servers.ts';
import { formatMs } from '../../model/units.ts';
import { otherProtocol, PROTOCOL_VERSION, type ClientOperation, type ServerAnswer } from '../../wire/client-protocol.ts';
import { readAnswer } from '../server-says.ts';
import { readingShared } from './shared-reads.ts';

/** A publish that failed. */
export type Refusal = Extract<ServerAnswer, { op: 'refused' }>;

/** An operation waits at least so long: a server may have a backlog before it. */
const MIN_ANSWER_MS = 10_000;
/** A server answers the end of a socket within so long, or the socket is cut. */
const CLOSE_MS = 1000;
/** What a browser says that leaves a page in peace: a server logs nothing of it. */
const NORMAL_CLOSURE = 1000;

/** What ws calls the end of a connection that nobody has announced. */
const NO_CLOSE_FRAME = 1006;

/** The types of ws do not know `closeTimeout`. */
const OPTIONS: ClientOptions & { readonly closeTimeout: number } = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  maxPayload: 0,
  closeTimeout: CLOSE_MS,
};

/** What happens on a socket. Frames are the hot path; everything else is text. */
export interface SocketEvents {
  /** Of the run: a server has an index below it. */
  readonly processes: number;
  /** Of servers behind TLS. */
  readonly trust: Trust;
  /** One frame, and the server process that it came from. */
  readonly onFrame: (frame: Buffer, from: number) => void;
  readonly onRefused: (refusal: Refusal) => void;
  /** It ended, and `close` had not been called; why, as far as that was said. */
  readonly onClose: (code: number, why: string) => void;
  /** The server said what it must not: what is wrong, printable. The socket closes. */
  readonly onBroken: (what: string) => void;
}

/** One client connection, after `hello`. */
export class ClientSocket {
  readonly processIndex: number;
  readonly channel: string;
  private readonly socket: WebSocket;
  /** Resolves when the connection is gone. */
  private readonly gone: Promise<void>;
  private isClosing = false;
  /** What a server said, unasked, of why it will end the socket. */
  private lastWords: string | undefined;
  private readonly url: string;
  /** Of each operation. */
  private readonly deadlineMs: number;
  /** Resolvers of operations under way, in the order in which they were sent; the server answers in that order. */
  private readonly waiting: {
    readonly op: string;
    /** "join g0". */
    readonly asked: string;
    readonly resolve: (answer: ServerAnswer) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  private constructor(socket: WebSocket, url: string, deadlineMs: number, hello: Extract<ServerAnswer, { op: 'hello' }>) {
    this.socket = socket;
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
    this.url = url;
    this.deadlineMs = Math.max(deadlineMs, MIN_ANSWER_MS);
    this.processIndex = hello.processIndex;
    this.channel = hello.channel;
  }

  /** Connects and waits for `hello`. Rejects when the server refuses, closes or is silent until the deadline. */
  static open(url: string, deadlineMs: number, events: SocketEvents): Promise<ClientSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { ...OPTIONS, ...readingShared(url), ...tlsOptions(events.trust) });
      let client: ClientSocket | undefined;
      /** What went before the end of the socket. */
      let why: string | undefined;
      const timer = setTimeout(() => give(new Error(`no hello from ${url} within ${formatMs(deadlineMs)}`)), deadlineMs);
      const give = (error: Error): void => {
        clearTimeout(timer);
        socket.terminate();
        reject(error);
      };
      const broken = (what: string): void => {
        if (client === undefined) return give(new Error(`${url}: ${what}`));
        why ??= `it broke the client protocol: ${what}`;
        client.rejectAll(new Error(what));
        if (!client.isClosing) events.onBroken(what);
        socket.terminate();
      };
      socket.on('error', (error: NodeJS.ErrnoException) => {
        why ??= error.message;
        // Frames that are none of the WebSocket protocol; all else is a connection that was lost.
        if (error.code?.startsWith('WS_ERR_') === true) broken(printable(error.message));
        else give(new Error(`cannot connect to ${url}: ${error.message}`));
      });
      socket.on('close', (code, reason) => {
        const ended = client?.lastWords ?? why ?? closureText(code, reason.toString());
        if (client === undefined) return give(new Error(`${url} ended the socket before hello: ${errorText(ended)}`));
        client.rejectAll(new Error(`the socket ended: ${errorText(ended)}`));
        if (!client.isClosing) events.onClose(code, ended);
      });
      // What a frame needs is at hand here: each object on the way to it is out of the cache when the next frame of the socket comes.
      const { onFrame } = events;
      let from = -1;
      socket.on('message', (data, isBinary) => {
        if (isBinary && from >= 0) return onFrame(data as Buffer, from);
        if (isBinary) return broken('it sent a frame before hello');
        // What came in one piece with what the socket was closed for.
        if (socket.readyState !== WebSocket.OPEN) return;
        try {
          const answer = readAnswer((data as Buffer).toString());
          if (client !== undefined) return client.answered(answer, events);
          if (answer.op === 'failed') return give(new Error(`${url} failed to open a channel: ${errorText(answer.reason)}`));
          if (answer.op !== 'hello') throw new Error(`it said '${printable(answer.op)}' before hello`);
          if (answer.processIndex >= events.processes)
            throw new Error(`hello: field 'processIndex' is ${answer.processIndex}, of ${events.processes} processes`);
          if (answer.protocol !== PROTOCOL_VERSION) return give(otherProtocol(url, answer.protocol));
          clearTimeout(timer);
          client = new ClientSocket(socket, url, deadlineMs, answer);
          from = client.processIndex;
          resolve(client);
        } catch (error) {
          broken(messageOf(error));
        }
      });
    });
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Hands a frame to the socket. The caller may use its buffer again at once: a client masks a copy. */
  publish(frame: Uint8Array): void {
    this.socket.send(frame);
  }

  /** Joins a group; resolves once the server's layer has done it. */
  join(group: string): Promise<void> {
    return this.operate({ op: 'join', group }, 'joined');
  }

  /** Leaves a group; resolves once the server's layer has done it. */
  leave(group: string): Promise<void> {
    return this.operate({ op: 'leave', group }, 'left');
  }

  /** Its consumer takes nothing from the layer, until `resume`. */
  pause(): Promise<void> {
    return this.operate({ op: 'pause' }, 'paused');
  }

  resume(): Promise<void> {
    return this.operate({ op: 'resume' }, 'resumed');
  }

  /** What it publishes to a group from now on goes to one channel alone. */
  direct(group: string, channel: string): Promise<void> {
    return this.operate({ op: 'direct', group, channel }, 'directed');
  }

  /** It replies to what asks for a reply. */
  echo(): Promise<void> {
    return this.operate({ op: 'echo' }, 'echoing');
  }

  /** Whether its server process knows a session. */
  async session(id: string): Promise<boolean> {
    const answer = await this.ask({ op: 'session', id }, 'session');
    return answer.op === 'session' && answer.known;
  }

  /** Reads nothing from the socket while `on`: the server cannot get rid of what it has for this client. */
  stall(on: boolean): void {
    if (on) this.socket.pause();
    else this.socket.resume();
  }

  /**
   * Ends the socket as a browser does, with code 1000; where the server does not answer that, it is cut after a while. What arrives
   * meanwhile is told to nobody, and neither is its end. Resolves when it is gone.
   */
  close(): Promise<void> {
    if (!this.isClosing) {
      this.isClosing = true;
      this.rejectAll(new Error('the socket is closed'));
      this.socket.removeAllListeners('message');
      // Whoever reads nothing would not read the server's answer either.
      this.socket.resume();
      this.socket.close(NORMAL_CLOSURE);
    }
    return this.gone;
  }

  private async operate(operation: ClientOperation, answer: string): Promise<void> {
    await this.ask(operation, answer);
  }

  /** The answer to an operation. One that comes after the deadline is told to nobody: a server may have much to publish before it. */
  private ask(operation: ClientOperation, answer: string): Promise<ServerAnswer> {
    const deadlineMs = this.deadlineMs;
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Error('the socket is closed'));
      const asked = 'group' in operation ? `${operation.op} ${operation.group}` : operation.op;
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${asked} from ${this.url} within ${formatMs(deadlineMs)}`)),
        deadlineMs,
      );
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      this.waiting.push({ op: answer, asked, resolve: settled(resolve), reject: settled(reject) });
      this.socket.send(JSON.stringify(operation));
    });
  }

  private rejectAll(error: Error): void {
    for (const pending of this.waiting.splice(0)) pending.reject(error);
  }

  /** Throws for an answer that nobody waits for: it would be taken for that to the next operation. */
  private answered(answer: ServerAnswer, events: SocketEvents): void {
    if (answer.op === 'refused') return events.onRefused(answer);
    const pending = this.waiting[0];
    if (pending === undefined && answer.op === 'failed') {
      this.lastWords = answer.reason;
      return;
    }
    if (pending !== undefined && (answer.op === pending.op || answer.op === 'failed')) {
      this.waiting.shift();
      if (answer.op === 'failed') pending.reject(new Error(`${this.url} failed to ${pending.asked}: ${errorText(answer.reason)}`));
      else pending.resolve(answer);
      return;
    }
    throw new Error(`it said '${printable(answer.op)}' ${pending === undefined ? 'without being asked' : `in place of '${pending.op}'`}`);
  }
}

function closureText(code: number, reason: string): string {
  if (code === NO_CLOSE_FRAME) return `ended without a word (code ${code})`;
  return `closed with code ${code}${reason === '' ? '' : `: ${reason}`}`;
}
