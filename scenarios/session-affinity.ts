import { type AnyScenario, defineScenario, refuseAbove } from '../src/index.ts';

const MAX_PAGES = 1_000_000;

const PARAMETERS = {
  pages: {
    kind: 'count',
    flag: 'pages',
    default: 160,
    min: 1,
    max: MAX_PAGES,
    help: 'page views at least; rounded up, so that all pairs of processes are equal',
  },
  sticky: {
    kind: 'choice',
    flag: 'sticky',
    default: 'no',
    choices: ['no', 'yes'],
    help: 'whether the WebSocket of a page goes to the process that made the page',
  },
  durationMs: { kind: 'duration', flag: 'duration', default: 4000, min: 100, max: 3_600_000, help: 'time over which the pages are viewed' },
} as const;

/**
 * A page is made by one process, and its WebSocket reaches another: the session that the page began is unknown there, as
 * with a Bokeh document under several ASGI processes. Every pair of processes occurs equally often.
 */
export const sessionAffinity: AnyScenario = defineScenario({
  name: 'session-affinity',
  summary: 'pages and their WebSockets, on the same process or on another',
  parameters: PARAMETERS,
  plan: ({ pages, sticky, durationMs }, { processes }) => {
    const rounds = Math.ceil(pages / processes ** 2);
    refuseAbove(MAX_PAGES, rounds * processes ** 2, 'page views', 'Use fewer --pages or --processes.');
    const visits = Array.from({ length: rounds * processes ** 2 }, (_, i) => {
      const page = i % processes;
      const other = Math.floor(i / processes) % processes;
      return { page, socket: sticky === 'yes' ? page : other };
    });
    return { processes, groups: 0, sockets: [], publishers: [], visits, payloadBytes: 0, warmupMs: 0, durationMs };
  },
});
