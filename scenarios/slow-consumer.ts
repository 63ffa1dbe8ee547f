import {
  type AnyScenario,
  broadcast,
  BROADCAST,
  defineScenario,
  type PlannedSocket,
  type TimeSpan,
  TRAFFIC,
  usageError,
} from '../src/index.ts';

const PARAMETERS = {
  members: { ...BROADCAST.members, default: 20, help: 'members of the one group, dealt over all processes' },
  slow: { kind: 'count', flag: 'slow', default: 2, min: 0, max: 200_000, help: 'how many of them are slow' },
  variant: {
    kind: 'choice',
    flag: 'variant',
    default: 'consumer',
    choices: ['consumer', 'client'],
    help: 'consumer: takes nothing from its layer while it is slow; client: reads nothing from its socket',
  },
  pauseMs: { kind: 'duration', flag: 'pause', default: 2000, min: 10, max: 3_600_000, help: 'how long they take nothing' },
  everyMs: { kind: 'duration', flag: 'every', default: 4000, min: 20, max: 3_600_000, help: 'how often that begins anew' },
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 100 },
} as const;

/**
 * Some members take nothing for a while, again and again. As consumers they fill what the layer keeps for them:
 * capacity, expiry, the buffer of their process. As clients they press back on the socket of their server instead.
 */
export const slowConsumer: AnyScenario = defineScenario({
  name: 'slow-consumer',
  summary: 'some members take slowly, from their layer or from their socket',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => {
    const { members, slow, pauseMs, everyMs, durationMs } = parameters;
    if (slow > members) throw usageError(`--slow ${slow} is more than --members ${members}`, 'Use fewer slow members, or more members.');
    if (pauseMs >= everyMs) throw usageError('--pause is not shorter than --every', 'Leave some time in which slow members catch up.');
    const spans: readonly TimeSpan[] = Array.from({ length: Math.ceil(durationMs / everyMs) }, (_, i) => ({
      fromMs: i * everyMs,
      toMs: Math.min(i * everyMs + pauseMs, durationMs),
    }));
    const behaviour: Partial<PlannedSocket> = parameters.variant === 'client' ? { stalls: spans } : { pauses: spans };
    return broadcast({ groups: 1, members, publishers: 1 }, parameters, processes, (member) =>
      member >= 0 && member < slow ? behaviour : {},
    );
  },
});
