import { type AnyScenario, broadcast, BROADCAST, defineScenario, type PlannedAbsence, TRAFFIC, usageError } from '../src/index.ts';

const PARAMETERS = {
  members: { ...BROADCAST.members, default: 40, help: 'members of the one group, dealt over all processes' },
  churning: { kind: 'count', flag: 'churning', default: 10, min: 0, max: 200_000, help: 'how many of them come and go' },
  how: {
    kind: 'choice',
    flag: 'how',
    default: 'both',
    choices: ['leave', 'disconnect', 'both'],
    help: 'leave: the group, and join it again; disconnect: close the socket, and open another; both: in turn',
  },
  awayMs: { kind: 'duration', flag: 'away', default: 700, min: 10, max: 3_600_000, help: 'how long they are away' },
  everyMs: { kind: 'duration', flag: 'every', default: 2000, min: 20, max: 3_600_000, help: 'how often each goes away' },
  ...TRAFFIC,
  ratePerSecond: { ...TRAFFIC.ratePerSecond, default: 50 },
} as const;

/**
 * Some members come and go while messages flow, as the users of a page do. What they are owed follows from when they had
 * joined and left; what is under way at that moment is uncertain, and counted apart. Their turns are evenly spaced.
 */
export const churn: AnyScenario = defineScenario({
  name: 'churn',
  summary: 'members join, leave and reconnect while messages flow',
  parameters: PARAMETERS,
  plan: (parameters, { processes }) => {
    const { members, churning, how, awayMs, everyMs, durationMs } = parameters;
    if (churning > members)
      throw usageError(`--churning ${churning} is more than --members ${members}`, 'Use fewer churning members, or more members.');
    if (awayMs >= everyMs) throw usageError('--away is not shorter than --every', 'Leave some time in which the members are there.');
    const absencesOf = (member: number): readonly PlannedAbsence[] => {
      const firstMs = Math.floor((everyMs - awayMs) * ((member + 1) / (churning + 1)));
      const turns = Math.max(0, Math.ceil((durationMs - firstMs) / everyMs));
      return Array.from({ length: turns }, (_, turn) => ({
        fromMs: firstMs + turn * everyMs,
        toMs: firstMs + turn * everyMs + awayMs,
        how: how === 'both' ? ((turn + member) % 2 === 0 ? 'leave' : 'disconnect') : (how as PlannedAbsence['how']),
      }));
    };
    return broadcast({ groups: 1, members, publishers: 1 }, parameters, processes, (member) =>
      member >= 0 && member < churning ? { absences: absencesOf(member) } : {},
    );
  },
});
