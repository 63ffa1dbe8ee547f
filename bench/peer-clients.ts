import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Another load generator, as `peers` starts it: so many sockets that stay open and read. */
export interface Peer {
  readonly name: string;
  readonly command: string;
  /** Answers its arguments, once what they name is in the folder. */
  readonly prepare: (folder: string, port: number, sockets: number) => readonly string[];
  readonly versionArgs: readonly string[];
  /** What it does with a delivery. */
  readonly takes: string;
}

const STAYS_SECONDS = 1200;
const LOCUST_FILE = new URL('../../bench/peers-locust.py', import.meta.url).pathname;

function artilleryScript(port: number, sockets: number): string {
  const target = `ws://127.0.0.1:${port}/artillery`;
  const phases = [{ duration: 2, arrivalCount: sockets }];
  return JSON.stringify({ config: { target, phases }, scenarios: [{ engine: 'ws', flow: [{ think: STAYS_SECONDS }] }] });
}

function tsungScript(port: number, sockets: number): string {
  return `<?xml version="1.0"?>
<!DOCTYPE tsung SYSTEM "/usr/share/tsung/tsung-1.0.dtd" []>
<tsung loglevel="warning" version="1.0">
  <clients><client host="localhost" use_controller_vm="true" maxusers="${sockets + 1}"/></clients>
  <servers><server host="127.0.0.1" port="${port}" type="tcp"/></servers>
  <load><arrivalphase phase="1" duration="${STAYS_SECONDS}" unit="second"><users maxnumber="${sockets}" arrivalrate="100" unit="second"/></arrivalphase></load>
  <sessions><session name="read" probability="100" type="ts_websocket">
    <request><websocket type="connect" path="/tsung"></websocket></request>
    <thinktime value="${STAYS_SECONDS}"/>
    <request><websocket type="close"></websocket></request>
  </session></sessions>
</tsung>
`;
}

export const PEERS: readonly Peer[] = [
  {
    name: 'artillery',
    command: 'artillery',
    prepare: (folder, port, sockets) => {
      const script = join(folder, 'artillery.json');
      writeFileSync(script, artilleryScript(port, sockets));
      return ['run', script];
    },
    versionArgs: ['version'],
    takes: 'counts it; times nothing, reads nothing of it',
  },
  {
    name: 'tsung',
    command: 'tsung',
    prepare: (folder, port, sockets) => {
      const script = join(folder, 'tsung.xml');
      writeFileSync(script, tsungScript(port, sockets));
      return ['-f', script, '-l', join(folder, 'tsung'), '-n', 'start'];
    },
    versionArgs: ['-v'],
    takes: 'counts its bytes; times only the answer to a request',
  },
  {
    name: 'Locust',
    command: 'locust',
    prepare: (_, port, sockets) => {
      const load = ['--users', String(sockets), '--spawn-rate', '100', '--run-time', `${STAYS_SECONDS}s`];
      return ['-f', LOCUST_FILE, '--headless', '--only-summary', '--host', `ws://127.0.0.1:${port}/locust`, ...load];
    },
    versionArgs: ['--version'],
    takes: 'counts it, and times how long it was waited for, by a script of the user',
  },
];

/** Its version, empty where it does not say it; null where it is not there. */
export function versionOf({ command, versionArgs }: Peer): string | null {
  const { error, stdout, stderr } = spawnSync(command, versionArgs, { encoding: 'utf8', timeout: 60_000 });
  return error === undefined ? (/\d+\.\d[\w.]*/.exec(stdout + stderr)?.[0] ?? '') : null;
}

/** Starts a peer in a process group of its own. */
export function startPeer(peer: Peer, folder: string, port: number, sockets: number, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(peer.command, peer.prepare(folder, port, sockets), { cwd: folder, env, detached: true, stdio: 'ignore' });
}

const TICKS_PER_SECOND = 100;

/** CPU seconds of every process of a group. */
export function groupCpuSeconds(group: number): number {
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // Behind the name of the program, which may have spaces in it: state, parent, group, … user and system time.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended.
    }
  }
  return ticks / TICKS_PER_SECOND;
}

/** Bytes that wait in the kernel at either end of the sockets of a port. */
export function bytesWaiting(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  let bytes = 0;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, local, remote, , queues] = line.trim().split(/\s+/);
    if (local?.endsWith(`:${hex}`) !== true && remote?.endsWith(`:${hex}`) !== true) continue;
    for (const queue of queues!.split(':')) bytes += Number.parseInt(queue, 16);
  }
  return bytes;
}
