import { FrameTemplates } from '../../wire/frame-templates.ts';
import type { DriverAssignment, PublisherReport, RequestReport } from '../protocol.ts';
import type { DriverSockets } from './driver-sockets.ts';
import { HttpFlood, isFlood } from './http-flood.ts';
import { Sender, type SendOrder, type Source } from './sender.ts';

/** What one driver sends: by schedule, over WebSockets; and by requests, over HTTP. */
export class Load implements AsyncDisposable {
  private readonly flood: HttpFlood;
  private readonly sources: readonly Source[];

  /** A phase that no schedule ends is over with its requests. */
  constructor(
    { run, seed, payloads, trust, publishers, isSelfPaced }: DriverAssignment,
    sockets: DriverSockets,
    servers: readonly string[],
  ) {
    const scheduled = publishers.filter((plan) => !isFlood(plan));
    const templates = new FrameTemplates(run, seed, payloads);
    const sender = new Sender(
      seed,
      templates,
      scheduled.map((plan) => ({ plan, socket: sockets.at(plan.socket) })),
    );
    const processOf = (socket: number): number => sockets.at(socket).processIndex;
    this.flood = new HttpFlood(templates, trust, publishers.filter(isFlood), servers, processOf, sockets.errors);
    this.sources = isSelfPaced ? [this.flood] : [sender, this.flood];
  }

  get lastSendNs(): number {
    return Math.max(...this.sources.map((source) => source.lastSendNs));
  }

  /** Runs one phase to its end, or until it is halted. */
  async send(order: SendOrder): Promise<void> {
    await Promise.all(this.sources.map((source) => source.start(order)));
  }

  halt(atNs: number): void {
    for (const source of this.sources) source.halt(atNs);
  }

  onRefused(sender: number, seq: number): void {
    for (const source of this.sources) source.onRefused(sender, seq);
  }

  publishers(): readonly PublisherReport[] {
    return this.sources.flatMap((source) => source.reports());
  }

  requests(): RequestReport {
    return this.flood.requests();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.sources.map((source) => source[Symbol.asyncDispose]()));
  }
}
