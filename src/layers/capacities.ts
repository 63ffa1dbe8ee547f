import type { Capacity, LayerOptions } from '../model/layer-options.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly capacity: number;
}

const REMEMBERED = 10_000;

/**
 * How many messages a channel holds. Of `rules`, the first glob that the whole channel name
 * fits decides, else the default. Globs are those of a shell: `*`, `?`, `[seq]`, `[!seq]`.
 */
export class Capacities {
  private readonly standard: number;
  private readonly rules: readonly Rule[];
  private readonly known = new Map<string, number>();

  constructor(standard: number, rules: readonly Capacity[]) {
    this.standard = standard;
    this.rules = rules.map(([glob, capacity]) => ({ pattern: globPattern(glob), capacity }));
  }

  of(channel: string): number {
    if (this.rules.length === 0) return this.standard;
    let capacity = this.known.get(channel);
    if (capacity === undefined) {
      capacity = this.rules.find((rule) => rule.pattern.test(channel))?.capacity ?? this.standard;
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(channel, capacity);
    }
    return capacity;
  }

  /** Whether channels differ in their capacity. */
  get vary(): boolean {
    return this.rules.length > 0;
  }
}

/** The rules among a layer's options. */
export function capacitiesOf(options: LayerOptions): readonly Capacity[] {
  return (options['channel_capacity'] ?? []) as readonly Capacity[];
}

function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    if (part.length > 2 && part.startsWith('[')) return globSet(part);
    return part.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
  });
  return new RegExp(`^(?:${source})$`);
}

function globSet(part: string): string {
  const negated = part[1] === '!';
  const members = part.slice(negated ? 2 : 1, -1).replaceAll(/[\\\]^[]/g, String.raw`\$&`);
  return `[${negated ? '^' : ''}${members}]`;
}
