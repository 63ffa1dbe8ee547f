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

  /** `identity`: run id of the server that answers now. One that was restarted knows nothing of what was before. */
  of(identity: string): Traffic {
    const { stream, commandsSent } = this.connection;
    if (stream !== this.stream) {
      this.bytesOfStreamsBefore += this.bytesOfStream;
      this.stream = stream;
    }
    this.bytesOfStream = stream.bytesRead + stream.bytesWritten;
    if (this.identity !== '' && identity !== this.identity) this.base = this.last;
    this.identity = identity;
    this.last = { commands: commandsSent, bytes: this.bytesOfStreamsBefore + this.bytesOfStream };
    return { commands: this.last.commands - this.base.commands, bytes: this.last.bytes - this.base.bytes };
  }
}
