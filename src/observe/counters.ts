/* Counters of Redis servers → rates. A server counts since it started: only differences mean something. */

/** One look at the counters of a server, with the observer's own part taken off. */
export interface CounterReading {
  /** By the server's clock. */
  readonly serverSeconds: number;
  /** Changes with the server process and with the observer's connection: readings of different ones do not compare. */
  readonly epoch: string;
  /** By command, in lower case, with those inside scripts; a command with subcommands is one. */
  readonly calls: Readonly<Record<string, number>>;
  /** Network input and output without replication; null where the server does not report them. */
  readonly bytes: { readonly input: number; readonly output: number } | null;
}

/** What happened between the readings of one server. */
export interface CounterTotals {
  readonly seconds: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly bytes: { readonly input: number; readonly output: number } | null;
}

/** Between two readings in turn. */
export interface CounterInterval {
  readonly seconds: number;
  readonly groupSends: number;
  readonly published: number;
}

/** Adds readings up. Of a server that restarted, or a connection that broke, the time between the two readings is left out. */
export class CounterTally {
  private previous: CounterReading | null = null;
  private seconds = 0;
  private readonly calls = new Map<string, number>();
  private bytes: { input: number; output: number } | null = { input: 0, output: 0 };
  private readonly between: CounterInterval[] = [];
  /** How often two readings in turn did not compare. */
  breaks = 0;

  add(reading: CounterReading): void {
    const { previous } = this;
    this.previous = reading;
    if (previous === null) return;
    const seconds = reading.serverSeconds - previous.serverSeconds;
    if (reading.epoch !== previous.epoch || seconds <= 0) {
      this.breaks += 1;
      return;
    }
    const grown = (name: string): number => (reading.calls[name] ?? 0) - (previous.calls[name] ?? 0);
    this.seconds += seconds;
    for (const name of Object.keys(reading.calls)) {
      const calls = grown(name);
      if (calls !== 0) this.calls.set(name, (this.calls.get(name) ?? 0) + calls);
    }
    this.addBytes(previous.bytes, reading.bytes);
    this.between.push({ seconds, groupSends: grown('zremrangebyscore') - grown('zcount'), published: grown('publish') });
  }

  get totals(): CounterTotals {
    return { seconds: this.seconds, calls: Object.fromEntries(this.calls), bytes: this.bytes };
  }

  get intervals(): readonly CounterInterval[] {
    return this.between;
  }

  private addBytes(before: CounterReading['bytes'], after: CounterReading['bytes']): void {
    if (this.bytes === null) return;
    if (before === null || after === null) {
      this.bytes = null;
      return;
    }
    this.bytes.input += after.input - before.input;
    this.bytes.output += after.output - before.output;
  }
}

/** Of all servers of a layer together. */
export interface CounterRates {
  /** The shortest time for which a server was read. */
  readonly seconds: number;
  readonly perSecond: (command: string) => number;
  /** Calls of all commands. */
  readonly callsPerSecond: number;
  readonly commands: readonly string[];
  readonly bytesPerSecond: { readonly input: number; readonly output: number } | null;
}

/** Servers are read over slightly different times, so their rates add up and their counts do not. */
export function ratesOf(servers: readonly CounterTotals[]): CounterRates {
  const rates = new Map<string, number>();
  const bytes = { input: 0, output: 0 };
  let hasBytes = servers.length > 0;
  for (const { seconds, calls, bytes: moved } of servers) {
    if (seconds <= 0) continue;
    for (const [name, count] of Object.entries(calls)) rates.set(name, (rates.get(name) ?? 0) + count / seconds);
    if (moved === null) hasBytes = false;
    else {
      bytes.input += moved.input / seconds;
      bytes.output += moved.output / seconds;
    }
  }
  return {
    seconds: servers.length === 0 ? 0 : Math.min(...servers.map(({ seconds }) => seconds)),
    perSecond: (command) => rates.get(command) ?? 0,
    callsPerSecond: [...rates.values()].reduce((sum, rate) => sum + rate, 0),
    commands: [...rates.keys()],
    bytesPerSecond: hasBytes ? bytes : null,
  };
}
