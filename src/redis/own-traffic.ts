import type { RedisConnection } from './connection.ts';

/** Commands that a connection has sent, and the bytes that it has moved. */
export interface Traffic {
  readonly commands: number;
  readonly bytes: number;
}

/** What one connection has cost a Redis since that began: whoever reads counters over it takes it off them. */
export class OwnTraffic {
  private readonly connection: RedisConnection;
  private identity = '';
  private base: Traffic = { commands: 0, bytes: 0 };
  private last: Traffic = { commands: 0, bytes: 0 };
  private stream: RedisConnection['stream'] | null = null;
  private bytesOfStream = 0;
  private bytesOfStreamsBefore = 0;

  constructor(connection: RedisConnection) {
    this.connection = connection;
  }

  /** Up to now: to be called before counters are read, when everything that was asked before has been answered. */
  read(): Traffic {
    const { stream, commandsSent } = this.connection;
    if (stream !== this.stream) {
      this.bytesOfStreamsBefore += this.bytesOfStream;
      this.stream = stream;
    }
    this.bytesOfStream = stream.bytesRead + stream.bytesWritten;
    return { commands: commandsSent, bytes: this.bytesOfStreamsBefore + this.bytesOfStream };
  }

  /** What of a reading was with the server of this run id, which answers now: one that was restarted knows nothing of what was before. */
  since(identity: string, reading: Traffic): Traffic {
    if (this.identity !== '' && identity !== this.identity) this.base = this.last;
    this.identity = identity;
    this.last = reading;
    return { commands: reading.commands - this.base.commands, bytes: reading.bytes - this.base.bytes };
  }
}
