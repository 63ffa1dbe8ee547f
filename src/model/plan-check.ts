import { usageError, type BenchError } from './errors.ts';
import type { Arrivals } from './pacer.ts';
import type { PayloadSizes } from './payloads.ts';
import { MAX_PAIRS, MAX_SOCKETS, planNumbers, type Plan, type PlannedPublisher, type PlannedSocket } from './plan.ts';
import { MAX_PAYLOAD_BYTES } from './traffic.ts';
import { formatCount } from './units.ts';

/** Throws a usage error, with the number, for a Plan that cannot be run. Trusts nothing: a Plan may come from code that no compiler has seen. */
export function validatePlan(plan: Plan): void {
  checkShape(plan);
  plan.sockets.forEach((socket, index) => checkSocket(plan, socket, index));
  plan.publishers.forEach((publisher, index) => checkPublisher(plan, publisher, index));
  for (const { page, socket } of plan.visits ?? [])
    if (!isIndex(page, plan.processes) || !isIndex(socket, plan.processes)) throw broken('a visit names a process that does not exist');
  checkSize(plan);
}

function checkShape(plan: Plan): void {
  if (typeof plan !== 'object' || plan === null) throw broken('the Plan is no object');
  for (const key of ['sockets', 'publishers'] as const) if (!Array.isArray(plan[key])) throw broken(`${key} is no array`);
  if (!isCount(plan.processes) || plan.processes < 1) throw broken('processes is no whole number above 0');
  for (const key of ['groups', 'payloadBytes'] as const) if (!isCount(plan[key])) throw broken(`${key} is no whole number from 0`);
  const problem = plan.payloads === undefined ? null : payloadsProblem(plan.payloads);
  if (problem !== null) throw broken(`payloads: ${problem}`);
  if (!isTime(plan.warmupMs)) throw broken('warmupMs is no time');
  if (!isTime(plan.durationMs) || plan.durationMs === 0) throw broken('durationMs is no time above 0');
}

function payloadsProblem({ at, bytes }: PayloadSizes): string | null {
  if (!Array.isArray(at) || !Array.isArray(bytes)) return 'at and bytes are to be arrays';
  if (at.length === 0 || at.length !== bytes.length) return 'at and bytes are to have as many entries each, and at least one';
  const ascends = (values: readonly number[], most: number): boolean =>
    values.every((value, i) => value >= (values[i - 1] ?? 0) && value <= most);
  if (!ascends(at, 1) || new Set(at).size !== at.length) return 'at is to ascend from 0 to 1';
  return ascends(bytes, MAX_PAYLOAD_BYTES) ? null : `bytes are to ascend from 0 to ${formatCount(MAX_PAYLOAD_BYTES)}`;
}

function checkSocket({ processes, groups }: Plan, socket: PlannedSocket, index: number): void {
  const name = `sockets[${index}]`;
  if (!isIndex(socket.process, processes))
    throw broken(`${name} opens to process ${socket.process}, which does not exist: there are ${processes}`);
  if (!Array.isArray(socket.groups)) throw broken(`${name}.groups is no array`);
  if (new Set(socket.groups).size !== socket.groups.length) throw broken(`${name} joins a group twice`);
  for (const group of socket.groups)
    if (!isIndex(group, groups)) throw broken(`${name} joins group ${group}, which does not exist: there are ${groups}`);
  for (const { fromMs, toMs } of [...(socket.pauses ?? []), ...(socket.stalls ?? []), ...(socket.absences ?? [])])
    if (!isTime(fromMs) || !isTime(toMs) || toMs <= fromMs) throw broken(`${name} has a time span that ends before it begins`);
}

function checkPublisher({ sockets, groups }: Plan, publisher: PlannedPublisher, index: number): void {
  const name = `publishers[${index}]`;
  const socket = sockets[publisher.socket];
  if (socket === undefined) throw broken(`${name} has socket ${publisher.socket}, which does not exist: there are ${sockets.length}`);
  if ((socket.absences?.length ?? 0) > 0) throw broken(`${name} has a socket that is away at times`);
  if (publisher.to !== undefined && sockets[publisher.to] === undefined) throw broken(`${name} sends to a socket that does not exist`);
  if (!isIndex(publisher.group, groups)) throw broken(`${name} has group ${publisher.group}, which does not exist: there are ${groups}`);
  const problem = arrivalsProblem(publisher.arrivals);
  if (problem !== null) throw broken(`${name}.arrivals: ${problem}`);
}

function arrivalsProblem(arrivals: Arrivals): string | null {
  const above = (value: number): boolean => Number.isFinite(value) && value > 0;
  switch (arrivals?.kind) {
    case 'constant':
    case 'poisson':
      return above(arrivals.perSecond) && isTime(arrivals.phaseNs) ? null : 'perSecond and phaseNs are to be numbers';
    case 'burst':
      return isCount(arrivals.size) && above(arrivals.size * arrivals.everyNs) && isTime(arrivals.phaseNs)
        ? null
        : 'size, everyNs and phaseNs are to be numbers';
    case 'ramp':
      return above(arrivals.perSecond) && above(arrivals.stepNs) && isTime(arrivals.phaseNs)
        ? null
        : 'perSecond, stepNs and phaseNs are to be numbers';
    case 'flood':
      return isCount(arrivals.messages) && isCount(arrivals.connections) && arrivals.connections > 0
        ? null
        : 'messages and connections are to be whole numbers';
    default:
      return 'kind is to be constant, poisson, burst, ramp or flood';
  }
}

function checkSize(plan: Plan): void {
  const numbers = planNumbers(plan);
  if (numbers.pairs > MAX_PAIRS) {
    throw usageError(
      `this plan has ${formatCount(numbers.pairs)} (publisher, member) pairs; the limit is ${formatCount(MAX_PAIRS)}`,
      'Use fewer --members, --publishers or --groups.',
    );
  }
  if (numbers.sockets > MAX_SOCKETS) {
    throw usageError(
      `this plan has ${formatCount(numbers.sockets)} sockets; the limit is ${formatCount(MAX_SOCKETS)}`,
      'Use fewer --members or --groups.',
    );
  }
}

function broken(problem: string): BenchError {
  return usageError(problem, "What a Plan has to be is in the types of 'layerbench', and in docs/scenarios.md.");
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isIndex(value: number, count: number): boolean {
  return isCount(value) && value < count;
}

function isTime(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
