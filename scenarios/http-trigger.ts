import { type AnyScenario, BROADCAST, defineScenario, MAX_PAIRS, MAX_SOCKETS, refuseAbove, TRAFFIC, usageError } from '../src/index.ts';

const PARAMETERS = {
  requests: { kind: 'count', flag: 'requests', default: 2000, min: 1, max: 10_000_000, help: 'HTTP requests, dealt over all processes' },
  connections: { kind: 'count', flag: 'connections', default: 4, min: 1, max: 1000, help: 'requests at once to each process' },
  members: { ...BROADCAST.members, default: 20, help: 'members of the one group, dealt over all processes' },
  payloadBytes: TRAFFIC.payloadBytes,
  warmupRequests: { kind: 'count', flag: 'warmup-requests', default: 400, min: 0, max: 1_000_000, help: 'requests before, not counted' },
  durationMs: { ...TRAFFIC.durationMs, default: 60_000, help: 'time after which requests are given up' },
} as const;

/** Time that the requests before the measure phase get. */
const WARMUP_MS = 10_000;

/**
 * Views that publish: HTTP requests on all processes, each a `group_send`, while members listen. A connection sends its
 * next request when the last is answered, so that the system sets the pace. Socket p opens to process p and joins
 * nothing: it stands for the views of its process.
 */
export const httpTrigger: AnyScenario = defineScenario({
  name: 'http-trigger',
  summary: 'views publish: a flood of HTTP requests, each a group_send',
  parameters: PARAMETERS,
  plan: ({ requests, connections, members, payloadBytes, warmupRequests, durationMs }, { processes }) => {
    refuseAbove(MAX_PAIRS, processes * members, '(publisher, member) pairs', 'Use fewer --members.');
    refuseAbove(MAX_SOCKETS, processes + members, 'sockets', 'Use fewer --members.');
    if (requests < processes)
      throw usageError(`--requests ${requests} are fewer than --processes ${processes}`, 'Every process gets at least one request.');
    const views = Array.from({ length: processes }, (_, process) => process);
    const share = (count: number, process: number): number => Math.floor(count / processes) + (process < count % processes ? 1 : 0);
    return {
      processes,
      groups: 1,
      sockets: [
        ...views.map((process) => ({ process, groups: [] })),
        ...Array.from({ length: members }, (_, member) => ({ process: member % processes, groups: [0] })),
      ],
      publishers: views.map((process) => ({
        socket: process,
        group: 0,
        arrivals: { kind: 'flood', messages: share(requests, process), connections, warmupMessages: share(warmupRequests, process) },
      })),
      payloadBytes,
      warmupMs: warmupRequests === 0 ? 0 : WARMUP_MS,
      durationMs,
    };
  },
});
