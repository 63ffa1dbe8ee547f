import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayer } from '../../src/layers/registry.ts';
import { nowNs } from '../../src/platform/clock.ts';
import { ProcessHealth } from '../../src/platform/process-health.ts';
import { EvidenceLog } from '../../src/processes/server/evidence-log.ts';
import { BenchServer } from '../../src/processes/server/http.ts';
import { SessionMap } from '../../src/processes/server/session-map.ts';
import { runHere } from '../bench-here.ts';
import { bench, inOneLine } from '../bench-process.ts';

/* Servers that run already, behind TLS: nothing of a run is spoken in clear text, and every WebSocket ends in order. */

const CERTIFICATE = join(import.meta.dirname, '../layers/tls/certificate.pem');
const KEY = join(import.meta.dirname, '../layers/tls/key.pem');

/** What a client has said on one connection: the first line, and the last bytes. */
interface Said {
  readonly first: string;
  last: Buffer;
}

/** A proxy that ends TLS before bench's own server: one for each run that asks. It keeps what clients have said. */
class TlsProxy {
  readonly said: Said[] = [];
  /** Connections that begin with what is no TLS. */
  clear = 0;
  private readonly tls: Server;
  private readonly sockets = new Set<Socket>();
  private readonly servers = new Map<string, Promise<{ readonly server: BenchServer; readonly port: number }>>();

  constructor() {
    this.tls = createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, (client) => {
      this.keep(client);
      client.once('data', (first: Buffer) => void this.forward(client, first));
    });
    this.tls.on('tlsClientError', (error: NodeJS.ErrnoException) => (this.clear += Number(error.code === 'ERR_SSL_HTTP_REQUEST')));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.tls.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.tls.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.tls.close();
    for (const serving of this.servers.values()) await (await serving).server.close();
  }

  /** A server of bench's own knows one run alone. */
  private serverOf(run: string): Promise<{ readonly server: BenchServer; readonly port: number }> {
    const start = async (): Promise<{ readonly server: BenchServer; readonly port: number }> => {
      const evidence = new EvidenceLog(nowNs);
      const layer = await openLayer('memory', { prefix: '', options: {}, hosts: [], onEvent: (event) => evidence.onLayerEvent(event) });
      const context = {
        layer,
        evidence,
        processIndex: 0,
        sessions: new SessionMap(),
        fail: (error: unknown) => expect(error).toBeUndefined(),
      };
      const server = new BenchServer(context, new ProcessHealth(), run);
      return { server, port: await server.listen(0) };
    };
    const serving = this.servers.get(run) ?? start();
    this.servers.set(run, serving);
    return serving;
  }

  private async forward(client: Socket, first: Buffer): Promise<void> {
    const line = first.toString('latin1').split('\r\n', 1)[0]!;
    const said: Said = { first: line, last: first };
    this.said.push(said);
    client.on('data', (chunk: Buffer) => (said.last = Buffer.concat([said.last, chunk]).subarray(-8)));
    client.pause();
    const { port } = await this.serverOf(/\/bench\/(\w+)/.exec(line)![1]!);
    const upstream = connect(port, '127.0.0.1');
    this.keep(upstream);
    upstream.write(first);
    client.pipe(upstream).pipe(client);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
  }
}

/** The code of a client's close frame that ends what it has said; null for no such frame. */
function closeCode({ last }: Said): number | null {
  if (last.length < 8 || last[0] !== 0x88 || last[1] !== 0x82) return null;
  return (last.readUInt16BE(6) ^ last.readUInt16BE(2)) & 0xffff;
}

/** Whatever a driver says to a server: WebSockets, page views, and a flood of requests. */
const SCENARIO = `
import { defineScenario } from 'layerbench';
export default defineScenario({
  name: 'everything', summary: 'everything at once', parameters: {},
  plan: (_, { processes }) => ({
    processes, groups: 1, payloadBytes: 64, warmupMs: 0, durationMs: 2000,
    sockets: [{ process: 0, groups: [] }, ...[1, 2, 3].map(() => ({ process: 0, groups: [0] }))],
    publishers: [{ socket: 0, group: 0, arrivals: { kind: 'flood', messages: 10, connections: 2, warmupMessages: 0 } }],
    visits: Array.from({ length: 4 }, () => ({ page: 0, socket: 0 })),
  }),
});`;

describe.concurrent('servers behind TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerbench-tls-'));
  const proxy = new TlsProxy();
  const plain = createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
  let address = '';
  beforeAll(async () => {
    address = await proxy.listen();
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    writeFileSync(join(folder, 'everything.js'), SCENARIO);
  });
  afterAll(async () => {
    plain.close();
    await proxy.close();
    rmSync(folder, { recursive: true });
  });

  it('are driven over TLS by all that drives: sockets, requests, page views; sockets end with code 1000', async () => {
    const scenario = join(folder, 'everything.js');
    const { results, stderr } = await bench([
      'run',
      scenario,
      '--url',
      `https://${address}`,
      '--ca',
      CERTIFICATE,
      '--layer',
      'memory',
      '--json',
    ]);
    const [result] = results;
    expect(result?.ledger, stderr).toMatchObject({ expected: 30, delivered: 30, lostTotal: 0 });
    expect(result!.measures).toContainEqual(expect.objectContaining({ name: 'sessionsFailed', value: 0 }));
    expect(result!.run.command).toContain(`--url https://${address} --ca`);
    expect(result!.warnings.map(({ code }) => code)).not.toContain('uncheckedCertificates');
    const run = result!.run.id;
    const ofRun = proxy.said.filter(({ first }) => first.includes(`/bench/${run}`));
    const asked = new Set(
      ofRun.map(({ first }) =>
        first
          .replace(/\?.*/, '')
          .replace(/ HTTP.*/, '')
          .replace(`/bench/${run}`, ''),
      ),
    );
    expect(asked).toContain('POST /publish/g0');
    expect(asked).toContain('GET /health');
    // Four sockets of the Plan, one of the probe, four of the page views.
    const sockets = ofRun.filter(({ first }) => new RegExp(String.raw`^GET /bench/${run}(\?\S*)? `).test(first));
    expect(sockets.map(closeCode)).toEqual(Array.from({ length: 9 }, () => 1000));
    expect(proxy.clear).toBe(0);
  });

  it('are taken for what they say with --insecure, and the result says so', async () => {
    const load = ['--layer', 'memory', '--members', '2', '--duration', '200ms', '--warmup', '0s'];
    const { results, stdout } = await runHere(['fanout', '--url', `wss://${address}`, '--insecure', ...load]);
    expect(results[0]!.warnings.map(({ code }) => code)).toContain('uncheckedCertificates');
    expect(inOneLine(stdout)).toContain('nobody looked at the certificates');
  });

  const refused: readonly (readonly [string, () => readonly string[], number, readonly string[]])[] = [
    ['a certificate that nobody has signed', () => ['--url', `wss://${address}`], 3, ['self-signed', '--ca FILE', '--insecure']],
    ['no TLS', () => ['--url', `wss://127.0.0.1:${(plain.address() as AddressInfo).port}`], 3, ['does not answer', '--url ws://']],
    ['--ca that is no certificate', () => ['--url', `wss://${address}`, '--ca', KEY], 2, ['is no certificate']],
    ['--ca without TLS', () => ['--url', `ws://${address}`, '--ca', CERTIFICATE], 2, ['no --url is of one']],
  ];
  it.each(refused)('with %s are refused', async (_, args, code, told) => {
    const ended = await runHere(['fanout', '--layer', 'memory', ...args()]);
    expect([ended.code, ended.results.length]).toEqual([code, 0]);
    for (const words of told) expect(inOneLine(ended.stderr)).toContain(words);
    expect(ended.stderr).not.toMatch(/bug in bench|^\s+at /m);
  });
});
