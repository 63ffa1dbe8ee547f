import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { layerSetting } from '../model/channel-layers.ts';
import { readFailure, usageError } from '../model/errors.ts';
import type { Fault } from '../model/faults.ts';
import type { LayerScope } from '../model/layers.ts';
import type { ChosenLayer } from '../model/chosen-layer.ts';
import {
  hasPython,
  isServerKind,
  SERVER_KINDS,
  USUAL_TRUST,
  type ChosenServers,
  type ServerShare,
  type Trust,
  SERVERS,
  isAsgi,
} from '../model/servers.ts';
import { readTextSync } from '../platform/read-text.ts';
import { countOption, readCount } from './count-option.ts';
import { isGiven, setting, withOrigin } from './settings.ts';
import { unknownName } from './suggest.ts';

const PROCESSES = countOption('processes', 1, 64, 2, 'server processes; several separated by commas make a matrix');
const MIXTURE = /^[a-z]+:\d+(\+[a-z]+:\d+)*$/;

/** More than these are not told one by one. */
const MOST_COUNTS_TOLD = 8;

/** The servers of one point of a matrix, and how many processes they are together. */
export interface ServerPoint {
  readonly servers: ChosenServers;
  readonly processes: number;
}

/** What the options about servers say. */
export function addServerOptions(command: Command): Command {
  return command
    .addOption(setting('--processes <counts>', PROCESSES.help, { default: String(PROCESSES.default) }))
    .addOption(
      setting('--server <kinds>', 'node, daphne or uvicorn; several separated by commas, or a mixture such as node:2+daphne:2', {
        default: 'node',
      }),
    )
    .addOption(setting('--python <command>', 'interpreter of daphne, uvicorn and --settings; by default the first that imports channels'))
    .addOption(setting('--app <module:name>', 'an ASGI application of yours, instead of that of bench (`bench init django`)'))
    .addOption(setting('--cwd <folder>', 'where that application, or the module of --settings, is; by default here'))
    .addOption(
      setting('--url <ws://host:port>', 'a server that runs already, or wss:// for TLS, for each process; repeatable', {
        repeatable: true,
      }),
    )
    .addOption(
      setting('--ca <file>', 'certificates as PEM that may have signed those of wss:// servers; by default those that Node trusts'),
    )
    .addOption(setting('--insecure', 'take any certificate of wss:// servers; the result has a warning then'))
    .addOption(
      setting('--proxy <kind>', 'what stands between clients and servers: nginx, or sticky-nginx, which keeps a session on one process'),
    )
    .addOption(setting('--shared-socket', 'daphne processes accept from one socket that they inherit, as a supervisor gives it to them'))
    .addOption(setting('--layer-scope <scope>', 'whether the layer behind --url connects processes: process or shared'));
}

/** What commander gives: text, but for what is repeatable. */
interface Raw {
  readonly url?: readonly string[];
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly server: string;
  readonly processes: string;
  readonly python?: string;
  readonly app?: string;
  readonly cwd?: string;
  readonly settings?: string;
  readonly layerScope?: string;
  readonly proxy?: string;
  readonly sharedSocket?: boolean;
}

/** Every kind with every number of processes, those of a configuration where no option says them; a mixture, and servers that run already, have their own number. */
export function readServers(command: Command, configuredProcesses: number | null): readonly ServerPoint[] {
  const raw: Raw = command.opts();
  const urls = withOrigin(command, 'url', () => (raw.url ?? []).map(readUrl));
  const trust = readTrust(command, urls);
  if (raw.cwd !== undefined && raw.app === undefined && raw.settings === undefined)
    throw usageError('--cwd is where --app or --settings is, and there is neither', 'Add --app module:application.');
  if (urls.length > 0) {
    const other = ['server', 'processes', 'app', 'python', 'proxy', 'sharedSocket'].find((name) => isGiven(command, name));
    if (other !== undefined)
      throw usageError(
        `--url names servers that run already, and --${other} ones that bench is to start`,
        `Leave out --${other}: give one --url for each process.`,
      );
    return [{ servers: { shares: [], urls, trust, python: null, proxy: null, sharedSocket: false, app: null }, processes: urls.length }];
  }
  const proxy = withOrigin(command, 'proxy', () => readProxy(raw.proxy));
  const app = withOrigin(command, 'app', () => readApp(raw.app ?? null, raw.cwd ?? null));
  const kinds = withOrigin(command, 'server', () => raw.server.split(',').map((word) => readKind(word.trim())));
  const counts = withOrigin(command, 'processes', () =>
    (isGiven(command, 'processes') || configuredProcesses === null ? raw.processes : String(configuredProcesses))
      .split(',')
      .map(readProcesses),
  );
  if (isGiven(command, 'processes') && kinds.some((shares) => shares.length > 1 || shares[0]!.processes > 0))
    throw usageError('a mixture of servers says how many processes there are of each', 'Leave out --processes.');
  const points = kinds.flatMap((shares) =>
    shares[0]!.processes > 0 ? [shares] : counts.map((processes) => [{ kind: shares[0]!.kind, processes }]),
  );
  return points.map((shares) => {
    const servers = {
      shares,
      urls: [],
      trust,
      python: raw.python === undefined ? null : readPython(raw.python),
      proxy,
      sharedSocket: raw.sharedSocket === true,
      app,
    };
    const inheriting = SERVER_KINDS.filter((kind) => SERVERS[kind].inheritsSocket).join(' or ');
    if (servers.sharedSocket && (shares.length > 1 || !SERVERS[shares[0]!.kind].inheritsSocket))
      throw usageError(`--shared-socket is for ${inheriting} alone`, `Add --server ${inheriting}, or leave it out.`);
    if (app !== null && shares.some(({ kind }) => !isAsgi(kind)))
      throw usageError('--app is an ASGI application, which no Node server runs', 'Add --server daphne or --server uvicorn.');
    return { servers, processes: shares.reduce((sum, share) => sum + share.processes, 0) };
  });
}

/** The layer as its servers have it. Throws a usage error for one that Python's do not have. */
export function layerOfServers(command: Command, layer: ChosenLayer, servers: ChosenServers): ChosenLayer {
  const text = command.opts<Raw>().layerScope;
  const isOurs = servers.urls.length === 0 && servers.app === null;
  if (hasPython(servers) && isOurs) layerSetting(layer, [], '');
  if (text === undefined) return layer;
  if (isOurs)
    throw usageError('--layer-scope is for layers that bench does not open', 'Leave it out: bench knows the scope of its layers.');
  const scope = withOrigin(command, 'layerScope', () => readScope(text));
  return { ...layer, scope, backend: scope === 'process' ? null : (layer.backend ?? 'unknown') };
}

/** Throws a usage error for a fault that would end or freeze a server that bench did not start. */
export function checkServerFaults(faults: readonly Fault[], { urls, sharedSocket }: ChosenServers): void {
  if (sharedSocket && faults.some(({ kind }) => kind === 'killServer'))
    throw usageError('a process that was killed cannot inherit the shared socket again', 'Leave out --shared-socket, or the fault.');
  if (urls.length === 0 || !faults.some((fault) => 'server' in fault)) return;
  throw usageError('bench ends and freezes only servers that it has started', 'Leave out faults of servers with --url.');
}

/** A kind alone has 0 processes: --processes says how many. */
function readKind(word: string): readonly ServerShare[] {
  if (!word.includes(':')) return [{ kind: knownKind(word), processes: 0 }];
  if (!MIXTURE.test(word)) throw usageError(`--server '${word}' is no mixture of servers`, 'Write it as node:2+daphne:2.');
  return word.split('+').map((part) => {
    const [kind, count] = part.split(':') as [string, string];
    return { kind: knownKind(kind), processes: readProcesses(count) };
  });
}

function knownKind(word: string): ServerShare['kind'] {
  if (!isServerKind(word)) throw unknownName('kind of server', word, SERVER_KINDS);
  return word;
}

function readProcesses(text: string): number {
  const [, from, to] = /^\s*(\d+)\s*(?:-|\.\.)\s*(\d+)\s*$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    const counts = Array.from({ length: Math.max(0, Math.min(Number(to), PROCESSES.max) - Number(from) + 1) }, (_, i) => Number(from) + i);
    const written = counts.length > 1 && counts.length <= MOST_COUNTS_TOLD ? counts.join(',') : '1,2,4';
    throw usageError(
      `--processes '${text.trim()}' is no number: there are no ranges`,
      `Write every number, separated by commas: --processes ${written}.`,
    );
  }
  return readCount(PROCESSES, text);
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.username !== '' || url.password !== ''))
    throw usageError('--url has a login, which the client protocol does not use', 'Leave it out: --url ws://127.0.0.1:8000.');
  if (url === null || !/^(?:ws|http)s?:\/\/[^/?#@]+$/i.test(text.replace(/\/$/, '')))
    throw usageError('--url is not ws://host:port', 'Write it as --url ws://127.0.0.1:8000, or wss:// for TLS; bench adds the path.');
  return `${/^(?:wss|https):/i.test(text) ? 'wss' : 'ws'}://${url.host}`;
}

/** How servers behind TLS prove who they are. Throws a usage error where there is nothing to prove, or the file is no certificate. */
function readTrust(command: Command, urls: readonly string[]): Trust {
  const { ca, insecure = false } = command.opts<Raw>();
  const given = ca !== undefined ? '--ca' : insecure ? '--insecure' : null;
  if (given === null) return USUAL_TRUST;
  if (!urls.some((url) => url.startsWith('wss:')))
    throw usageError(`${given} is for servers that speak TLS, and no --url is of one`, `Leave it out, or write --url wss://host:port.`);
  if (ca === undefined) return { ...USUAL_TRUST, checksCertificate: false };
  if (insecure) throw usageError('--insecure looks at no certificate, and --ca says which are good', 'Leave one of them out.');
  return withOrigin(command, 'ca', () => ({ ...USUAL_TRUST, caPem: readCertificates(ca) }));
}

function readCertificates(path: string): string {
  const hint = 'Give a file of certificates as PEM, which begin with -----BEGIN CERTIFICATE-----.';
  const pem = attempt(
    () => readTextSync(path),
    (error) => usageError(`cannot read '${path}': ${readFailure(error)}`, hint, { cause: error }),
  );
  // Of several, the first is looked at.
  attempt(
    () => new X509Certificate(pem),
    (error) => usageError(`'${path}' is no certificate`, hint, { cause: error }),
  );
  return pem;
}

function attempt<T>(work: () => T, failed: (error: unknown) => Error): T {
  try {
    return work();
  } catch (error) {
    throw failed(error);
  }
}

function readApp(text: string | null, folder: string | null): ChosenServers['app'] {
  if (text === null) return null;
  if (!/^[\w.]+:[\w.]+$/.test(text)) throw usageError(`--app '${text}' is not module:name`, 'Write it as --app portal.asgi:application.');
  return { module: text, folder: resolve(folder ?? '.') };
}

/** The application runs in a folder of its own: a path is from here. */
function readPython(command: string): string {
  return command.includes('/') ? resolve(command) : command;
}

function readProxy(text: string | undefined): ChosenServers['proxy'] {
  if (text === undefined) return null;
  if (text === 'nginx') return 'nginx';
  if (text === 'sticky-nginx') return 'stickyNginx';
  throw unknownName('kind of proxy', text, ['nginx', 'sticky-nginx']);
}

function readScope(text: string): LayerScope {
  if (text !== 'process' && text !== 'shared')
    throw usageError(`--layer-scope '${text}' is neither process nor shared`, 'process: nothing leaves a server process; shared: it does.');
  return text;
}
