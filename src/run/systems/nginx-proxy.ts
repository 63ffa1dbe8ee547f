import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentError } from '../../model/errors.ts';
import { freePort } from '../../platform/free-port.ts';
import { inheritedEnvironment } from '../../platform/inherited-environment.ts';
import { PACKAGE_ROOT } from '../../platform/package-root.ts';
import { processUse, type ProcessUse } from '../../platform/process-use.ts';
import { OutsideProcess, withFreePorts } from './outside-process.ts';
import { ServerClient } from './server-client.ts';
import type { ExitListener } from './server-under-test.ts';

/** Where set-up unpacks one, then where systems have it. */
const PROGRAMS = [join(PACKAGE_ROOT, '.nginx/nginx'), '/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'];
const STOP_GRACE_MS = 2000;
/** Connections beside those of clients and servers. */
const SPARE_CONNECTIONS = 64;
const MAX_BODY = '2m';

export interface NginxOptions {
  readonly runId: string;
  /** `127.0.0.1:port` of every server process. */
  readonly upstreams: readonly string[];
  /** Client sockets that are open at once. */
  readonly sockets: number;
  /** Whether connections of one session go to one process. */
  readonly sticky: boolean;
  readonly onExit: ExitListener;
  readonly onSpawned: (pids: readonly number[]) => void;
}

/** An nginx in front of the servers, as a deployment has it: one address, whose connections it spreads over the processes. */
export class NginxProxy implements AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string;
  private readonly process: OutsideProcess;
  private stopping = false;

  private constructor(address: string, process: OutsideProcess, onExit: ExitListener) {
    this.address = address;
    this.process = process;
    void process.exited.then((exit) => {
      if (!this.stopping) onExit('nginx', 0, exit);
    });
  }

  /** Starts it and waits until it passes a request on. Throws an environment error where there is none, or it does not start. */
  static async start(options: NginxOptions): Promise<NginxProxy> {
    const program = PROGRAMS.find((path) => existsSync(path));
    if (program === undefined)
      throw environmentError(
        '--proxy nginx: there is no nginx on this machine',
        'Debian, Ubuntu: `sudo apt-get install nginx-light`, macOS: `brew install nginx`',
      );
    return withFreePorts(() => NginxProxy.startWith(program, options));
  }

  private static async startWith(program: string, options: NginxOptions): Promise<NginxProxy> {
    const port = await freePort();
    // nginx reads its configuration once, and buffers nothing in files: the folder is needed until it listens.
    const folder = await mkdtemp(join(tmpdir(), 'layerbench-nginx-'));
    try {
      await writeFile(join(folder, 'nginx.conf'), configuration(port, options));
      const command = [program, '-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
      const process = new OutsideProcess({ label: 'nginx', command, folder: '/', environment: inheritedEnvironment({}) });
      options.onSpawned([process.pid]);
      using client = new ServerClient(`http://127.0.0.1:${port}`, options.runId);
      try {
        await process.answering(client, () => true);
      } catch (error) {
        await process.stop(0);
        throw error;
      }
      return new NginxProxy(`127.0.0.1:${port}`, process, options.onExit);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** CPU time and memory; it is one process. */
  use(): Promise<ProcessUse | null> {
    return processUse(this.process.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    await this.process.stop(STOP_GRACE_MS);
  }
}

/** A connection to a client needs another one to its server. */
function configuration(port: number, { upstreams, sockets, sticky }: NginxOptions): string {
  const connections = 2 * sockets + SPARE_CONNECTIONS;
  return `daemon off;
master_process off;
pid nginx.pid;
worker_rlimit_nofile ${connections + SPARE_CONNECTIONS};
events { worker_connections ${connections}; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  client_max_body_size ${MAX_BODY};
  client_body_buffer_size ${MAX_BODY};
  upstream channels-backend {
    ${sticky ? 'hash $arg_session consistent;' : ''}
    ${upstreams.map((address) => `server ${address};`).join('\n    ')}
  }
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://channels-backend;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_read_timeout 86400s;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $server_name;
    }
  }
}
`;
}
