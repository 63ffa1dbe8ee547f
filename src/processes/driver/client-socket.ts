import { WebSocket } from 'ws';
import { otherProtocol, PROTOCOL_VERSION, type ClientOperation, type ServerAnswer } from '../client-protocol.ts';

/** What happens on a socket. Frames are the hot path; everything else is text. */
export interface SocketEvents {
  readonly onFrame: (frame: Buffer) => void;
  readonly onAnswer: (answer: ServerAnswer) => void;
  readonly onClose: (code: number) => void;
}

/** One client connection, after `hello`. */
export class ClientSocket {
  readonly processIndex: number;
  readonly channel: string;
  private readonly socket: WebSocket;
  /** Resolvers of operations under way, in the order in which they were sent; the server answers in that order. */
  private readonly waiting: {
    readonly op: string;
    readonly resolve: (answer: ServerAnswer) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  private constructor(socket: WebSocket, hello: Extract<ServerAnswer, { op: 'hello' }>) {
    this.socket = socket;
    this.processIndex = hello.processIndex;
    this.channel = hello.channel;
  }

  /** Connects and waits for `hello`. Rejects when the server refuses, closes or is silent until the deadline. */
  static open(url: string, deadlineMs: number, events: SocketEvents): Promise<ClientSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true, maxPayload: 0 });
      let client: ClientSocket | undefined;
      const timer = setTimeout(() => give(new Error(`no hello from ${url} within ${deadlineMs} ms`)), deadlineMs);
      const give = (error: Error): void => {
        clearTimeout(timer);
        socket.terminate();
        reject(error);
      };
      socket.on('error', (error) => give(new Error(`cannot connect to ${url}: ${error.message}`)));
      socket.on('close', (code) => {
        if (client === undefined) return give(new Error(`${url} closed the socket before hello (code ${code})`));
        for (const pending of client.waiting.splice(0)) pending.reject(new Error(`the socket closed (code ${code})`));
        events.onClose(code);
      });
      socket.on('message', (data, isBinary) => {
        if (isBinary) return events.onFrame(data as Buffer);
        const answer = JSON.parse((data as Buffer).toString()) as ServerAnswer;
        if (client !== undefined) return client.answered(answer, events);
        if (answer.op !== 'hello') return give(new Error(`${url} said '${answer.op}' before hello`));
        if (answer.protocol !== PROTOCOL_VERSION) return give(otherProtocol(url, answer.protocol));
        clearTimeout(timer);
        client = new ClientSocket(socket, answer);
        resolve(client);
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

  close(): void {
    this.socket.terminate();
  }

  private async operate(operation: ClientOperation, answer: string): Promise<void> {
    await this.ask(operation, answer);
  }

  private ask(operation: ClientOperation, answer: string): Promise<ServerAnswer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Error('the socket is closed'));
      this.waiting.push({ op: answer, resolve, reject });
      this.socket.send(JSON.stringify(operation));
    });
  }

  private answered(answer: ServerAnswer, events: SocketEvents): void {
    const pending = this.waiting[0];
    if (pending !== undefined && (answer.op === pending.op || answer.op === 'failed')) {
      this.waiting.shift();
      if (answer.op === 'failed') pending.reject(new Error(answer.reason));
      else pending.resolve(answer);
      return;
    }
    events.onAnswer(answer);
  }
}
