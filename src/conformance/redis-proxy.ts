import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const SEEN_MAX = 1_000_000;

/**
 * A way to a Redis server that can be cut without touching the server or anybody else's connections. To the server, an
 * instance that was cut off looks like a process that was killed.
 */
export class RedisProxy {
  private readonly target: URL;
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;
  private requests = '';
  private isMute = false;

  private constructor(target: URL) {
    this.target = target;
  }

  static async start(url: string): Promise<RedisProxy> {
    const proxy = new RedisProxy(new URL(url));
    await proxy.accept();
    return proxy;
  }

  /** The URL of the same database by this way. */
  get url(): string {
    const { username, password, protocol, pathname, searchParams } = this.target;
    const login = username === '' && password === '' ? '' : `${username}:${password}@`;
    const database = protocol === 'unix:' ? `/${searchParams.get('db') ?? '0'}` : pathname;
    return `redis://${login}127.0.0.1:${this.port}${database}`;
  }

  /** Everything that clients have sent, as latin1. */
  get seen(): string {
    return this.requests;
  }

  /** Lets requests through and keeps replies back, until the connections are cut. */
  mute(): void {
    this.isMute = true;
  }

  /** Ends all connections; new ones are welcome, and are answered. */
  cut(): void {
    this.isMute = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.cut();
    await closed;
  }

  /** Takes connections, at the same address as ever. */
  async accept(): Promise<void> {
    const server = createServer((client) => this.link(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private link(client: Socket): void {
    const upstream = this.connect();
    client.on('data', (chunk: Buffer) => {
      if (this.requests.length < SEEN_MAX) this.requests += chunk.toString('latin1');
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.on('data', (chunk: Buffer) => {
        if (one === client || !this.isMute) other.write(chunk);
      });
      one.on('end', () => other.end());
    }
  }

  private connect(): Socket {
    const { protocol, pathname, hostname, port } = this.target;
    if (protocol === 'unix:') return connect({ path: decodeURIComponent(pathname) });
    const host = hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost';
    const address = { host, port: Number(port || 6379) };
    return protocol === 'rediss:' ? connectTls({ ...address, servername: host }) : connect(address);
  }
}
