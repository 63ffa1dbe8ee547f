import type { Option } from 'commander';
import { HIDDEN } from '../model/secret.ts';
import { readHost } from '../redis/hosts.ts';
import { showHost } from '../redis/show-host.ts';
import { setting } from './settings.ts';

/** `--redis`, whose URL may hold a password. */
export function redisOption(description: string, { repeatable = false }: { readonly repeatable?: boolean } = {}): Option {
  return setting('--redis <url>', description, { shown: shownRedis, repeatable });
}

/** A URL that was read, without its secrets. */
function shownRedis(url: string): string {
  try {
    return showHost(readHost(url).host);
  } catch {
    return HIDDEN;
  }
}

/** Checks a URL, and says what is odd about it. Throws a usage error that shows nothing of it. */
export function readRedisOption(url: string, onNotice: (notice: string) => void = () => undefined): string {
  for (const note of readHost(url, () => '--redis').notes) onNotice(note);
  return url;
}
