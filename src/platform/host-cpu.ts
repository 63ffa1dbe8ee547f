import { readFileSync } from 'node:fs';
import type { HostUse } from '../model/environment.ts';

/** Fields of the first line of /proc/stat, in ticks: proc(5). Guests are counted in user and nice already. */
const FIELDS = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
type Ticks = Readonly<Record<(typeof FIELDS)[number], number>>;

/** How busy the whole machine is, from its creation on. */
export class HostCpu {
  private readonly before = readTicks();

  /** null where the machine does not tell, or no tick has passed. */
  read(): HostUse | null {
    const now = readTicks();
    if (this.before === null || now === null || now.cores !== this.before.cores) return null;
    const passed = (field: keyof Ticks): number => now.ticks[field] - this.before!.ticks[field];
    const all = FIELDS.reduce((sum, field) => sum + passed(field), 0);
    if (all <= 0) return null;
    const cores = (...fields: readonly (keyof Ticks)[]): number =>
      (now.cores * fields.reduce((sum, field) => sum + passed(field), 0)) / all;
    return { busyCores: cores('user', 'nice', 'system', 'irq', 'softirq'), stolenCores: cores('steal'), cores: now.cores };
  }
}

function readTicks(): { readonly ticks: Ticks; readonly cores: number } | null {
  try {
    const text = readFileSync('/proc/stat', 'utf8');
    const values = /^cpu +(.*)$/m.exec(text)![1]!.split(' ').map(Number);
    const ticks = Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? 0])) as Record<keyof Ticks, number>;
    return { ticks, cores: [...text.matchAll(/^cpu\d+ /gm)].length };
  } catch {
    return null;
  }
}
