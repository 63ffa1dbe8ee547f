import type autocannon from 'autocannon';
import { EPOCH_MEASURE, EPOCH_WARMUP, issueFrame } from '../../wire/frame.ts';
import type { FrameTemplates } from '../../wire/frame-templates.ts';
import type { ErrorTally } from '../../ledger/error-tally.ts';
import type { FloodArrivals } from '../../model/pacer.ts';
import { rangesOf } from '../../model/ranges.ts';
import { tlsOptions, type Trust } from '../../model/servers.ts';
import { nowNs } from '../../platform/clock.ts';
import { groupName } from '../../wire/client-protocol.ts';
import type { DriverPublisher, PublisherReport, RequestReport } from '../protocol.ts';
import type { Source, SendOrder } from './sender.ts';

/** How often the flood looks whether it is over. */
const SAMPLE_MS = 50;
const PUBLISHED = 204;
const REFUSED = 503;
/** No answer: it may have been published, or not. */
const UNANSWERED = 0;
/** Its connection was refused: it never left. */
const UNSENT = -1;

export type FloodPublisher = DriverPublisher & { readonly arrivals: FloodArrivals };

export function isFlood(publisher: DriverPublisher): publisher is FloodPublisher {
  return publisher.arrivals.kind === 'flood';
}

/** One publisher of the Plan that publishes by requests, and what has become of them. */
interface FloodState {
  readonly plan: FloodPublisher;
  /** Of the run at its server process, `http://host:port/bench/<run>`. */
  readonly server: URL;
  /** Its index. */
  readonly process: number;
  issuedNs: number[];
  /** By sequence number: the status of its answer, or why there is none. */
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
  /** Of the last phase: when the last request was answered, or when the rest was given up. */
  private overNs = 0;
  private firstIssueNs = Infinity;
  private readonly states: readonly FloodState[];
  private readonly errors: ErrorTally;
  private readonly templates: FrameTemplates;
  private readonly trust: Trust;
  private readonly floods: Stoppable[] = [];
  private isHalted = false;

  /** `servers` are the WebSocket URLs of the server processes, `processOf` the process of each socket. */
  constructor(
    templates: FrameTemplates,
    trust: Trust,
    publishers: readonly FloodPublisher[],
    servers: readonly string[],
    processOf: (socket: number) => number,
    errors: ErrorTally,
  ) {
    this.errors = errors;
    this.templates = templates;
    this.trust = trust;
    this.states = publishers.map((plan) => {
      const process = processOf(plan.socket);
      return { plan, server: httpUrl(servers[process]!), process, issuedNs: [], statuses: [] };
    });
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
    const isAnswered = this.states.every(({ statuses }) => statuses.every((status) => status > 0));
    this.overNs = isAnswered ? this.lastAnswerNs : nowNs();
    this.floods.length = 0;
  }

  halt(): void {
    this.isHalted = true;
    this.stopAll();
  }

  /** Refusals of requests are answers of theirs. */
  onRefused(): void {}

  reports(): readonly PublisherReport[] {
    return this.states.map(({ plan, process, issuedNs, statuses }) => {
      const seqs = (holds: (status: number) => boolean): readonly number[] =>
        statuses.flatMap((status, seq) => (holds(status) ? [seq] : []));
      return {
        publisher: plan.index,
        process,
        attempted: statuses.length,
        unsendable: rangesOf(seqs((status) => status === UNSENT)),
        unanswered: rangesOf(seqs((status) => status === UNANSWERED)),
        refused: rangesOf(seqs((status) => status > 0 && status !== PUBLISHED)),
        issuedNs: Float64Array.from(issuedNs),
      };
    });
  }

  /** What has become of all requests of the phase. */
  requests(): RequestReport {
    const statuses = this.states.flatMap((state) => state.statuses);
    const count = (holds: (status: number) => boolean): number => statuses.filter(holds).length;
    return {
      answered: count((status) => status === PUBLISHED || status === REFUSED),
      failed: count((status) => status !== PUBLISHED && status !== UNANSWERED),
      unanswered: count((status) => status === UNANSWERED),
      fromNs: this.firstIssueNs,
      toNs: this.overNs,
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
    const clients = new ClientRequests();
    const next = (): Buffer => {
      const seq = state.statuses.length;
      clients.made(seq);
      const issuedNs = nowNs();
      state.issuedNs.push(issuedNs);
      state.statuses.push(UNANSWERED);
      this.firstIssueNs = Math.min(this.firstIssueNs, issuedNs);
      this.lastSendNs = issuedNs;
      const frame = this.templates.of(index, seq);
      issueFrame(frame, { epoch: order.epoch, group, sender: index, seq, process: state.process }, issuedNs, issuedNs);
      order.onMessage(index, issuedNs, null);
      return Buffer.from(frame);
    };
    return {
      url: state.server.origin,
      // autocannon never looks at a certificate itself: those of the servers were looked at when their sockets were opened.
      tlsOptions: tlsOptions(this.trust),
      amount,
      connections: Math.min(arrivals.connections, amount),
      sampleInt: SAMPLE_MS,
      setupClient: (client) =>
        clients.watch(client, (seq, error) => {
          state.statuses[seq] = UNSENT;
          if (order.epoch === EPOCH_MEASURE) this.errors.add('disconnected', error.message, nowNs());
        }),
      requests: [
        {
          method: 'POST',
          path: `${state.server.pathname}/publish/${groupName(group)}`,
          headers: { 'content-type': 'application/octet-stream' },
          setupRequest: (request, context) => {
            (context as RequestContext).seq = state.statuses.length;
            return { ...request, body: next() };
          },
          onResponse: (status, body, context) => {
            if (status !== PUBLISHED && order.epoch === EPOCH_MEASURE) this.errors.add('refused', refusalText(status, body), nowNs());
            state.statuses[(context as RequestContext).seq] = status;
            this.lastAnswerNs = nowNs();
          },
        },
      ],
    };
  }
}

/**
 * Which request each client has under way, so that a refused connection is known to have taken it nowhere. A client makes its first
 * request before it is set up, says 'request' when it writes that one, and before it makes each further one.
 */
class ClientRequests {
  private latest = -1;
  private making: { seq: number } | null = null;

  made(seq: number): void {
    this.latest = seq;
    if (this.making !== null) this.making.seq = seq;
    this.making = null;
  }

  watch(client: NodeJS.EventEmitter, onUnsent: (seq: number, error: Error) => void): void {
    const underWay = { seq: this.latest };
    let isFirst = true;
    client.on('request', () => {
      if (!isFirst) this.making = underWay;
      isFirst = false;
    });
    client.on('connError', (error: NodeJS.ErrnoException) => {
      if (error.syscall === 'connect') onUnsent(underWay.seq, error);
    });
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

/** What a server said of a request that it refused: the error of its JSON; else the status alone, since a page says nothing in a line. */
function refusalText(status: number, body: string): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // No JSON.
  }
  return `HTTP ${status}`;
}
