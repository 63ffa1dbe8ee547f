import type { Secret } from '../model/secret.ts';

/* A Redis host once it was read: every secret in it is a Secret, so that whatever is shown is built without them. */

/** Who logs in; null for nobody. */
export interface Login {
  readonly username: string | null;
  readonly password: Secret | null;
}

/** How a connection over TLS checks who answers, and says who asks. */
export interface Tls {
  readonly checksCertificate: boolean;
  /** null: as Node does. */
  readonly checksHostname: boolean | null;
  readonly caFile: string | null;
  readonly caData: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly keyPassword: Secret | null;
}

export interface ServerAddress {
  readonly kind: 'server';
  readonly host: string;
  readonly port: number;
  /** Path of a unix socket, instead of host and port. */
  readonly path: string | null;
  readonly db: number;
  readonly login: Login;
  readonly tls: Tls | null;
}
export interface SentinelAddress {
  readonly kind: 'sentinel';
  readonly sentinels: readonly Endpoint[];
  readonly master: string;
  readonly db: number;
  readonly login: Login;
  readonly tls: Tls | null;
  readonly sentinelLogin: Login;
  readonly sentinelTls: Tls | null;
}
export interface ClusterAddress {
  readonly kind: 'cluster';
  readonly nodes: readonly Endpoint[];
  readonly login: Login;
  readonly tls: Tls | null;
}
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A host that was read. */
export type RedisHost = ServerAddress | SentinelAddress | ClusterAddress;
