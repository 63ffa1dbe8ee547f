import { killGroup } from '../../platform/end-group.ts';
import { parseHost } from '../../redis/hosts.ts';
import type { Numbered, Said } from '../ipc.ts';
import type { WardenCommand, WardenMessage, WatchList } from '../warden-protocol.ts';

/*
 * The warden: does nothing while the coordinator lives. When the channel to it closes without a release, it kills what
 * the run has left (frozen processes too), then deletes the run's keys, and ends.
 */
process.title = 'layerbench warden';
// Signals of a terminal are for the coordinator; the warden ends with the channel.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

let list: WatchList = { type: 'watch', pids: [], redis: null };

process.on('message', ({ id, command }: Numbered<WardenCommand>) => {
  if (command.type === 'release') process.exit(0);
  list = command;
  // Loaded while there is time for it, and not at all where there are no keys.
  if (list.redis !== null) void import('../../redis/remove-by-prefix.ts');
  const said: Said<WardenMessage> = { to: id, message: { type: 'watching' } };
  if (process.connected) process.send?.(said, undefined, undefined, () => undefined);
});

process.on('disconnect', () => {
  // Whole process groups: what a child may have started goes with it.
  list.pids.forEach(killGroup);
  void removeKeys().finally(() => process.exit(0));
});

async function removeKeys(): Promise<void> {
  if (list.redis === null) return;
  const { hosts, prefix } = list.redis;
  const { removeByPrefix } = await import('../../redis/remove-by-prefix.ts');
  await Promise.all(hosts.map((host) => removeByPrefix(parseHost(host), prefix).catch(() => undefined)));
}
