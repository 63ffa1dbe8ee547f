import { usageError } from '../core/errors.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly capacity: number;
}

const REMEMBERED = 10_000;

/**
 * How many messages a channel holds. `rules` is `glob:count,glob:count`: the first glob that the whole channel name
 * fits decides, else the default. Globs are those of a shell: `*`, `?`, `[seq]`, `[!seq]`.
 */
export class Capacities {
  private readonly standard: number;
  private readonly rules: readonly Rule[];
  private readonly known = new Map<string, number>();

  constructor(standard: number, rules: string) {
    this.standard = standard;
    this.rules = rules === '' ? [] : rules.split(',').map(parseRule);
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

function parseRule(text: string): Rule {
  const cut = text.lastIndexOf(':');
  const count = text.slice(cut + 1).trim();
  if (cut < 1 || !/^[1-9]\d*$/.test(count))
    throw usageError(`channel_capacity '${text}' is not glob:count`, 'Write it as channel_capacity=specific.*:50,task-?:10.');
  return { pattern: globPattern(text.slice(0, cut).trim()), capacity: Number(count) };
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
