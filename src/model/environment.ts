export interface Environment {
  readonly host: { readonly cpuModel: string; readonly cores: number; readonly memoryBytes: number; readonly kernel: string };
  readonly node: string;
  /** null where the layer needs no Redis. The URL carries no password. */
  readonly redis: { readonly version: string; readonly url: string } | null;
  /** Of the directory that bench was called in; null outside a repository. */
  readonly git: { readonly sha: string; readonly dirty: boolean } | null;
  /** Equal for results that were made on like machines with like software. */
  readonly fingerprint: string;
}

/** Ping-pongs between the coordinator and every process; a violation is a remote stamp outside its bracket. */
export interface ClockCheck {
  readonly checks: number;
  readonly maxRttUs: number;
  readonly violations: number;
  /** The largest difference to the coordinator's clock, with its sign: half of the round trip that told it is its uncertainty. */
  readonly maxOffsetUs: number;
}

/** What all processes of a machine used over some time, in cores. */
export interface HostUse {
  /** Of the time that this machine had. */
  readonly busyCores: number;
  /** What a virtual machine wanted, and its host gave to others. */
  readonly stolenCores: number;
  readonly cores: number;
}

/** Whose connections were at work beside those of the run. */
export interface OtherClients {
  /** unknown: they may be the run's own. unreadable: Redis does not tell of its connections. */
  readonly whose: 'foreign' | 'unknown' | 'unreadable';
  readonly connections: number;
  /** In how many of the readings. */
  readonly atWork: number;
  readonly readings: number;
}
