import type autocannon from 'autocannon';
import { EPOCH_WARMUP, frameTemplate, issueFrame } from '../../core/frame.ts';
import type { FloodArrivals } from '../../core/pacer.ts';
import { rangesOf } from '../../core/ranges.ts';
import { nowNs } from '../../observe/clock.ts';
import { groupName } from '../client-protocol.ts';
import type { DriverPublisher, PublisherReport, RequestReport } from '../protocol.ts';
import type { Source, SendOrder } from './sender.ts';

/** How often the flood looks whether it is over. */
const SAMPLE_MS = 50;
const PUBLISHED = 204;
const REFUSED = 503;

export type FloodPublisher = DriverPublisher & { readonly arrivals: FloodArrivals };

export function isFlood(publisher: DriverPublisher): publisher is FloodPublisher {
  return publisher.arrivals.kind === 'flood';
}

/** One publisher of the Plan that publishes by requests, and what has become of them. */
interface FloodState {
  readonly plan: FloodPublisher;
  /** Of the run at its server process, `http://host:port/bench/<run>`. */
  readonly server: URL;
  issuedNs: number[];
  /** By sequence number: 0 while there is no answer, else its status. */
  statuses: number[];
}

/**
 * Publishes over HTTP, as views do: so many requests at once, and the next when one is answered. Self-paced: a message
 * is due when it is issued. autocannon makes and reads the requests; it is told how many there are, since it cuts what
 * is under way at the end of a duration, and its own latencies, in whole milliseconds, are not used.
 */
export class HttpFlood implements Source {
  lastSendNs = 0;
  private lastAnswerNs = 0;
  private firstIssueNs = Infinity;
  private readonly states: readonly FloodState[];
  private readonly run: number;
  private readonly payloadBytes: number;
  private readonly floods: Stoppable[] = [];
  private isHalted = false;

  /** `servers` are the WebSocket URLs of the server processes. */
  constructor(run: number, payloadBytes: number, publishers: readonly FloodPublisher[], servers: (socket: number) => string) {
    this.run = run;
    this.payloadBytes = payloadBytes;
    this.states = publishers.map((plan) => ({ plan, server: httpUrl(servers(plan.socket)), issuedNs: [], statuses: [] }));
  }

  /** Runs one phase to its last answer, or to its end, or until `halt`. */
  async start(order: SendOrder): Promise<void> {
    if (this.states.length === 0) return;
    const { default: autocannon } = await import('autocannon');
    this.firstIssueNs = Infinity;
    const waitMs = (order.startNs - nowNs()) / 1e6;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (this.isHalted) return;
    const givenUp = setTimeout(() => this.stopAll(), (order.startNs + order.durationNs - nowNs()) / 1e6);
    await Promise.all(
      this.states.map((state) => {
        return new Promise<void>((resolve, reject) => {
          const options = this.options(state, order);
          if (options.amount === 0) return resolve();
          this.floods.push(autocannon(options, (error: unknown) => (error === null ? resolve() : reject(error as Error))));
        });
      }),
    );
    clearTimeout(givenUp);
    this.floods.length = 0;
  }

  halt(): void {
    this.isHalted = true;
    this.stopAll();
  }

  /** Refusals of requests are answers of theirs. */
  onRefused(): void {}

  reports(): readonly PublisherReport[] {
    return this.states.map(({ plan, issuedNs, statuses }) => {
      const seqs = (holds: (status: number) => boolean): readonly number[] =>
        statuses.flatMap((status, seq) => (holds(status) ? [seq] : []));
      return {
        publisher: plan.index,
        attempted: statuses.length,
        unsendable: rangesOf(seqs((status) => status === 0)),
        refused: rangesOf(seqs((status) => status !== 0 && status !== PUBLISHED)),
        issuedNs: Float64Array.from(issuedNs),
      };
    });
  }

  /** What has become of all requests of the phase. */
  requests(): RequestReport {
    const statuses = this.states.flatMap((state) => state.statuses);
    return {
      answered: statuses.filter((status) => status === PUBLISHED || status === REFUSED).length,
      failed: statuses.filter((status) => status !== PUBLISHED).length,
      fromNs: this.firstIssueNs,
      toNs: this.lastAnswerNs,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.halt();
  }

  private stopAll(): void {
    for (const flood of this.floods) flood.stop();
  }

  private options(state: FloodState, order: SendOrder): autocannon.Options {
    state.issuedNs = [];
    state.statuses = [];
    const { group, index, arrivals } = state.plan;
    const amount = order.epoch === EPOCH_WARMUP ? arrivals.warmupMessages : arrivals.messages;
    const template = frameTemplate(this.run, this.payloadBytes);
    const next = (): Buffer => {
      const seq = state.statuses.length;
      const issuedNs = nowNs();
      state.issuedNs.push(issuedNs);
      state.statuses.push(0);
      this.firstIssueNs = Math.min(this.firstIssueNs, issuedNs);
      this.lastSendNs = issuedNs;
      issueFrame(template, { epoch: order.epoch, group, sender: index, seq }, issuedNs, issuedNs);
      order.onMessage(issuedNs, null);
      return Buffer.from(template);
    };
    return {
      url: state.server.origin,
      amount,
      connections: Math.min(arrivals.connections, amount),
      sampleInt: SAMPLE_MS,
      requests: [
        {
          method: 'POST',
          path: `${state.server.pathname}/publish/${groupName(group)}`,
          headers: { 'content-type': 'application/octet-stream' },
          setupRequest: (request, context) => {
            (context as RequestContext).seq = state.statuses.length;
            return { ...request, body: next() };
          },
          onResponse: (status, _body, context) => {
            state.statuses[(context as RequestContext).seq] = status;
            this.lastAnswerNs = nowNs();
          },
        },
      ],
    };
  }
}

/** A flood under way. */
interface Stoppable {
  stop(): void;
}

/** What belongs to one request of a connection: the next is made when its answer has come. */
interface RequestContext {
  seq: number;
}

function httpUrl(socketUrl: string): URL {
  return new URL(socketUrl.replace(/^ws/, 'http'));
}
