import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Evidence, ServerReport } from '../ledger/evidence.ts';
import { NAMED_CAUSES } from '../model/causes.ts';
import { readLayerInUse, type LayerInUse } from '../model/layer-in-use.ts';
import { printable } from '../model/printable.ts';
import type { ServerAnswer } from '../wire/client-protocol.ts';

/*
 * What a server says is checked where it arrives, so that nothing behind has to. Each reader throws an error that names the
 * field, in words that a terminal may show. What the protocol does not know is left alone.
 */

/** What a server says of itself. */
export interface Health {
  readonly processIndex: number;
  readonly pid: number | null;
  /** The layer that it uses; null where it does not tell. */
  readonly layer: LayerInUse | null;
}

const COUNT = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const NUMBER = { type: 'number' } as const;
/** Where a server does not know, or does not say. */
const OR_NULL = { nullable: true, default: null } as const;
/** What was said of an error; may be left out. */
const REASON: object = { type: 'string' };
/** The number of a run; may be left out. */
const OPTIONAL_COUNT: object = { ...COUNT };
const LEFT_OUT: readonly object[] = [REASON, OPTIONAL_COUNT];
/** Names are identifiers of layers. */
const NAME = { type: 'string', pattern: '^[^\\p{Cc}]*$' } as const;

/** An object with all of these fields, but for what may be left out and what has a default. */
function fields(properties: Readonly<Record<string, object>>): object {
  const required = Object.keys(properties).filter((name) => !LEFT_OUT.includes(properties[name]!) && !('default' in properties[name]!));
  return { type: 'object', properties, required };
}

/** Beside `refused`, which comes as often as messages do. */
const ANSWERS: Readonly<Record<Exclude<ServerAnswer['op'], 'refused'>, object>> = {
  hello: fields({ protocol: NUMBER, processIndex: COUNT, pid: NUMBER, channel: NAME }),
  joined: fields({ group: NAME }),
  left: fields({ group: NAME }),
  paused: fields({}),
  resumed: fields({}),
  directed: fields({ group: NAME }),
  echoing: fields({}),
  session: fields({ known: { type: 'boolean' } }),
  failed: fields({ reason: { type: 'string' } }),
};

/** By kind. */
const EVIDENCE: Readonly<Record<Evidence['kind'], object>> = {
  message: evidence(NAMED_CAUSES, {
    sender: COUNT,
    run: OPTIONAL_COUNT,
    from: COUNT,
    to: COUNT,
    channel: { ...NAME, ...OR_NULL },
    queues: { ...COUNT, ...OR_NULL },
    reason: REASON,
  }),
  count: evidence(['expired', 'groupExpired'], { name: NAME, count: COUNT, atNs: NUMBER }),
  unread: evidence(['expired'], { name: NAME, fromNs: NUMBER, toNs: NUMBER }),
  outage: evidence(['backendLost'], { fromNs: NUMBER, toNs: { ...NUMBER, ...OR_NULL }, reason: REASON }),
  closed: evidence(['backpressureClosed'], { channel: NAME, atNs: NUMBER }),
};

function evidence(causes: readonly string[], rest: Readonly<Record<string, object>>): object {
  return fields({ cause: { enum: causes }, ...rest });
}

const REPORT = fields({
  processIndex: COUNT,
  pid: { ...NUMBER, ...OR_NULL },
  evidenceCount: COUNT,
  evidence: { type: 'array', items: fields({ kind: { enum: Object.keys(EVIDENCE) } }) },
  counters: { type: 'object', additionalProperties: NUMBER },
  connections: { ...COUNT, ...OR_NULL },
  cpuSeconds: { ...NUMBER, minimum: 0, ...OR_NULL },
  rssBytes: { ...NUMBER, minimum: 0, ...OR_NULL },
  eventLoopUtilization: { ...NUMBER, ...OR_NULL },
  eventLoopDelayP99Us: { ...NUMBER, ...OR_NULL },
  run: OPTIONAL_COUNT,
  held: { type: 'array', items: fields({ sender: COUNT, seq: COUNT, channel: NAME, expired: { type: 'boolean' } }) },
});

// Each driver would compile the schema of schemas when it starts, which costs more than all of these; a test does it once.
const ajv = new Ajv({ useDefaults: true, allowUnionTypes: true, meta: false, validateSchema: false });
const checks = new Map<object, ValidateFunction>();

export function readHealth(value: unknown): Health {
  const { processIndex, pid } = read<Omit<Health, 'layer'>>(HEALTH, value);
  return { processIndex, pid, layer: readLayerInUse((value as { readonly layer?: unknown }).layer) };
}
const HEALTH = fields({ processIndex: COUNT, pid: { ...NUMBER, ...OR_NULL } });

export function readClock(value: unknown): number {
  return read<{ readonly ns: number }>(CLOCK, value).ns;
}
const CLOCK = fields({ ns: NUMBER });

export function readReport(value: unknown): ServerReport {
  const report = read<ServerReport>(REPORT, value);
  report.evidence.forEach((entry, i) => read(EVIDENCE[entry.kind], entry, `evidence/${i}`));
  if (report.published !== undefined) read(PUBLISHED, report.published, 'published');
  return report;
}
const PUBLISHED = { type: 'object', additionalProperties: COUNT };

/** Of all that a server says. */
export const SCHEMAS: readonly object[] = [HEALTH, CLOCK, REPORT, PUBLISHED, ...Object.values(ANSWERS), ...Object.values(EVIDENCE)];

/** A text message on a socket. */
export function readAnswer(text: string): ServerAnswer {
  const answer = parse(text, 'a text message');
  const op: unknown = (answer as { readonly op?: unknown } | null)?.op;
  if (op === 'refused') return readRefusal(answer as Extract<ServerAnswer, { op: 'refused' }>);
  if (typeof op !== 'string' || !Object.hasOwn(ANSWERS, op)) throw new Error(`a text message is no answer: ${printable(text)}`);
  return read<ServerAnswer>(ANSWERS[op as keyof typeof ANSWERS], answer, op);
}

/** The value of a JSON text. `what` is how an error calls it. */
export function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${what} is no JSON: ${printable(text)}`);
  }
}

function readRefusal<T extends Extract<ServerAnswer, { op: 'refused' }>>(answer: T): T {
  for (const name of ['epoch', 'sender', 'seq'] as const)
    if (!Number.isInteger(answer[name]) || answer[name] < 0) throw new Error(`refused: field '${name}' must be a whole number`);
  if (answer.run !== undefined && !Number.isInteger(answer.run)) throw new Error(`refused: field 'run' must be a whole number`);
  if (typeof answer.reason !== 'string') return { ...answer, reason: '' };
  return answer;
}

/** A value that is what its schema says; else throws, with `where` before the name of the field. */
function read<T>(schema: object, value: unknown, where = ''): T {
  const check = checks.get(schema) ?? ajv.compile(schema);
  checks.set(schema, check);
  if (!check(value)) throw new Error(`${where === '' ? '' : `${where}: `}${sentence(check.errors![0]!)}`);
  return value as T;
}

function sentence({ instancePath, keyword, params, message }: ErrorObject): string {
  const path = (instancePath + (keyword === 'required' ? `/${String(params['missingProperty'])}` : '')).slice(1);
  const what = keyword === 'required' ? 'is missing' : (message ?? 'is not what it must be');
  return path === '' ? `it ${printable(what)}` : `field '${printable(path)}' ${printable(what)}`;
}
