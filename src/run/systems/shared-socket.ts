import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** A pending connection waits here until one of the processes takes it. */
const BACKLOG = 4096;

/**
 * One listening socket that several processes inherit, as a supervisor's fcgi-program has it: whoever accepts first gets
 * a connection. Once they have it, `release` closes it here, so that it is theirs alone.
 */
export class SharedSocket {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** What a child is to inherit. */
  readonly fd: number;
  private readonly server: Server;

  private constructor(server: Server, fd: number) {
    this.server = server;
    this.fd = fd;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(): Promise<SharedSocket> {
    const server = createServer();
    server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG });
    await once(server, 'listening');
    // Node names the descriptor of a server nowhere else.
    const { _handle: handle } = server as Server & { readonly _handle: { readonly fd: number } };
    return new SharedSocket(server, handle.fd);
  }

  async release(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
