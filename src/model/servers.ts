/** Kinds of server processes that bench starts. */
export type ServerKind = 'node' | 'daphne' | 'uvicorn';

/** Those that run an ASGI application, in Python. */
export type AsgiKind = Exclude<ServerKind, 'node'>;

interface ServerTraits {
  readonly isAsgi: boolean;
  /** Whether several of its processes can accept from one listening socket. */
  readonly inheritsSocket: boolean;
}

/** Every kind of server that bench starts. */
export const SERVERS: Readonly<Record<ServerKind, ServerTraits>> = {
  node: { isAsgi: false, inheritsSocket: false },
  daphne: { isAsgi: true, inheritsSocket: true },
  uvicorn: { isAsgi: true, inheritsSocket: false },
};

/** What is started where nobody names a kind, and what a calibration measures. */
export const USUAL_SERVER: ServerKind = 'node';

export const SERVER_KINDS: readonly ServerKind[] = Object.keys(SERVERS) as ServerKind[];

export function isServerKind(name: string): name is ServerKind {
  return Object.hasOwn(SERVERS, name);
}

export function isAsgi(kind: ServerKind): kind is AsgiKind {
  return SERVERS[kind].isAsgi;
}

/** So many processes of one kind. */
export interface ServerShare {
  readonly kind: ServerKind;
  readonly processes: number;
}

/** How servers behind `wss://` prove who they are; plain data. */
export interface Trust {
  /** Certificates that may have signed theirs, as PEM, beside none other; null: those that Node trusts. */
  readonly caPem: string | null;
  /** Whether a certificate is looked at. */
  readonly checksCertificate: boolean;
}

export const USUAL_TRUST: Trust = { caPem: null, checksCertificate: true };

/** The same for connections over TLS, in the names that Node has. */
export function tlsOptions({ caPem, checksCertificate }: Trust): { readonly ca?: string; readonly rejectUnauthorized: boolean } {
  return { ...(caPem === null ? {} : { ca: caPem }), rejectUnauthorized: checksCertificate };
}

/** The servers of one run; plain data. */
export interface ChosenServers {
  /** In order of the process index; empty for servers that run already. */
  readonly shares: readonly ServerShare[];
  /** `ws://host:port`, or `wss://` where they speak TLS, of servers that run already, one a process. */
  readonly urls: readonly string[];
  readonly trust: Trust;
  /** Interpreter of Python servers; null: the first that has Django Channels. */
  readonly python: string | null;
  /** What stands between clients and servers; `stickyNginx` keeps a session on one process. */
  readonly proxy: 'nginx' | 'stickyNginx' | null;
  /** Whether all processes accept from one listening socket, which they inherit. */
  readonly sharedSocket: boolean;
  /** The user's own ASGI application, in place of bench's. */
  readonly app: { readonly module: string; readonly folder: string } | null;
}

/** One kind throughout. */
export function serversOf(kind: ServerKind, processes: number): ChosenServers {
  return { shares: [{ kind, processes }], urls: [], trust: USUAL_TRUST, python: null, proxy: null, sharedSocket: false, app: null };
}

/** Whether some of the servers are Python's. */
export function hasPython({ shares }: ChosenServers): boolean {
  return shares.some(({ kind }) => isAsgi(kind));
}

/** What results call servers of one kind, of several, and those that run already. */
export function kindOfServers({ shares, urls }: ChosenServers): ServerKind | 'mixed' | 'url' {
  if (urls.length > 0) return 'url';
  return shares.length > 1 ? 'mixed' : shares[0]!.kind;
}
