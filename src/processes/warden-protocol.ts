import type { SettingValue } from '../model/layer-setting.ts';

/* What coordinator and warden say to each other, over IPC. */

/** What is to be removed when the coordinator is gone. Each message replaces the one before. */
export interface WatchList {
  readonly type: 'watch';
  /** Leaders of process groups. */
  readonly pids: readonly number[];
  /** A Redis that outlives the run, and the prefix of the run's keys in it. */
  readonly redis: { readonly hosts: readonly SettingValue[]; readonly prefix: string } | null;
}

export type WardenCommand = WatchList | { readonly type: 'release' };
export interface WardenMessage {
  readonly type: 'watching';
}
