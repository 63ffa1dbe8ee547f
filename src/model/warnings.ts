/** What a machine may conclude from a warning. */
export type WarningMeaning =
  /** What the backend spent is of others too. */
  | 'sharedBackend'
  /** The system was behind what it was sent: the rate is not sustained. */
  | 'behind'
  /** No schedule says when messages were due. */
  | 'selfPaced';

interface WarningKind {
  /** What to do about it. */
  readonly remedy: string;
  readonly means?: WarningMeaning;
}

/** Deliveries that a machine carries with a layer that costs nothing, over those of a run: below this the machine is measured too. */
export const HEADROOM_WANTED = 3;

export type WarningCode =
  | 'unreachablePair'
  | 'isolatedProcesses'
  | 'otherLayer'
  | 'oversubscribed'
  | 'otherLoad'
  | 'foreignClients'
  | 'noRedisInfo'
  | 'stolenTime'
  | 'warmupLeft'
  | 'underWay'
  | 'backlog'
  | 'pacerLag'
  | 'nearHarnessLimit'
  | 'notSteady'
  | 'fewSends'
  | 'noServerStamps'
  | 'brokenProtocol'
  | 'uncheckedCertificates'
  | 'strangeEvidence'
  | 'noFault'
  | 'selfPaced'
  | 'lowHeadroom';

/** Every warning by its code, in the order in which they are shown. docs/method.md explains each. */
export const WARNINGS: Readonly<Record<WarningCode, WarningKind>> = {
  unreachablePair: { remedy: 'Check that all processes use the same Redis and prefix, and whether it is overloaded.' },
  isolatedProcesses: { remedy: 'Use --processes 1 with it, or a layer that is shared: redis or redis-pubsub.' },
  otherLayer: { remedy: 'Name the layer that the settings have, with --layer; or let bench choose it: `bench init django` says how.' },
  oversubscribed: { remedy: 'Lower the rate or the number of processes, or use a machine with more cores.' },
  otherLoad: { remedy: 'Run it again while the machine does nothing else: it is measured as well.' },
  foreignClients: { remedy: 'Use a Redis that only the run uses: without --redis, bench starts one.', means: 'sharedBackend' },
  noRedisInfo: { remedy: 'Permit it for the time of a run: ACL SETUSER <user> +info +client|list.' },
  stolenTime: { remedy: 'Use a machine with cores of its own, or compare runs in turn: `bench compare --interleave`.' },
  warmupLeft: { remedy: 'Lower the rate, or warm up without load: --warmup 0s.' },
  underWay: { remedy: 'Lower the rate, `bench capacity` finds which is carried; or see what does not read.' },
  backlog: {
    remedy: 'Lower the rate, `bench capacity` finds which is carried. Deliveries per second count the time until the last one.',
    means: 'behind',
  },
  pacerLag: { remedy: 'Lower the rate, use more --drivers, or free a core.' },
  nearHarnessLimit: { remedy: 'Use more --drivers, or less load: beyond this the harness is measured, not the layer.' },
  notSteady: { remedy: 'Use a longer --warmup.' },
  fewSends: { remedy: 'Use a longer --duration or a higher --rate: the deliveries of one send are not independent.' },
  noServerStamps: { remedy: 'Transit, ingress and edge are left out; response stands, since it needs the drivers alone.' },
  brokenProtocol: { remedy: 'docs/protocol.md says what a server may say. What was lost with a socket counts as disconnected.' },
  uncheckedCertificates: { remedy: 'Give the certificate that has signed theirs, with --ca FILE.' },
  strangeEvidence: { remedy: 'Look at how it counts: causes of loss that rest on its evidence may be wrong.' },
  noFault: {
    remedy: 'Do it after that time and before the run ends; a longer --duration leaves more time. Is it the Redis that the run uses?',
  },
  selfPaced: {
    remedy: 'Read it as the pace that the system itself allows; judge latency by a scenario with a rate, such as fanout.',
    means: 'selfPaced',
  },
  lowHeadroom: {
    remedy: `Numbers about the layer want ${HEADROOM_WANTED} times: lower the rate or the members, or use a machine with more cores.`,
  },
};

export const WARNING_CODES: readonly WarningCode[] = Object.keys(WARNINGS) as WarningCode[];

/** What a reader of the numbers should know, as results carry it. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export function warningOf(code: WarningCode, message: string): Warning {
  return { code, message, remedy: WARNINGS[code].remedy };
}

/** The warnings of a result that mean something; a result of another version may have codes that this one does not know. */
export function warningsThatMean(warnings: readonly Warning[], meaning: WarningMeaning): readonly Warning[] {
  const kinds: Readonly<Record<string, WarningKind | undefined>> = WARNINGS;
  return warnings.filter(({ code }) => kinds[code]?.means === meaning);
}
