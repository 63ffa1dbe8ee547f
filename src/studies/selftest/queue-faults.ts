import type { RunRequest } from '../../result/request.ts';
import type { RunResult } from '../../result/run-result.ts';
import type { LossByCause } from '../../model/causes.ts';
import { LAYER_NAMES, LAYERS, type LayerName } from '../../model/layers.ts';
import { selftestRequest } from './requests.ts';
import { equal, within, type Finding, type RunRow } from './row.ts';

/* Queues that are too small, or wait for too long: what is lost follows from capacity and expiry alone. */

const MEMBERS = 5;
const BURST = 100;
const CAPACITY = 10;
/** Ten times what a burst takes to publish on a busy machine, and then until it has expired: it is over before a pause ends. */
const PAUSE_MS = 7000;

/** The same burst with room and time for all of it, to all or one; rows of a layer share it. */
const CONTROLS = new Map<string, RunRequest>();
function control(layer: LayerName, paused: 'all' | 'one'): RunRequest {
  const key = `${layer} ${paused}`;
  const request = CONTROLS.get(key) ?? burst(layer, paused, BURST, '60s');
  CONTROLS.set(key, request);
  return request;
}

/** One burst, to consumers of which all or one are paused. */
function burst(layer: LayerName, paused: 'all' | 'one', capacity: number, expiry: string): RunRequest {
  return selftestRequest({
    scenario: 'burst',
    layer,
    parameters: { members: MEMBERS, paused, burstMessages: BURST, ratePerSecond: (BURST * 1000) / PAUSE_MS, durationMs: PAUSE_MS },
    options: [`capacity=${capacity}`, `expiry=${expiry}`],
  });
}

/** A pop that waited in Redis when its consumers were paused has taken one message more than they would. */
const popped = ({ measures }: RunResult): number => measures.find(({ name }) => name === 'poppedWhilePaused')?.value ?? NaN;
const lost = ({ ledger }: RunResult, cause: keyof LossByCause, planted: number): readonly Finding[] => [
  equal(cause, planted, ledger.lost[cause]),
  equal('lost in all', planted, ledger.lostTotal),
];
const findNothing = ({ ledger }: RunResult): readonly Finding[] => [equal('deliveries lost', 0, ledger.lostTotal)];

function fullQueue(layer: LayerName): RunRow {
  return {
    kind: 'run',
    name: `${layer}: a burst of ${BURST} at capacity ${CAPACITY}, to paused consumers`,
    planted: { request: burst(layer, 'all', CAPACITY, '60s') },
    unplanted: control(layer, 'all'),
    find: (result) => [
      equal('overCapacity', (BURST - CAPACITY - popped(result)) * MEMBERS, result.ledger.lost.overCapacity),
      // Consumers resume one after another: the last may find the one message too much in a full buffer.
      within('bufferOverflow', 0, popped(result) * MEMBERS, result.ledger.lost.bufferOverflow),
      equal('lost otherwise', 0, result.ledger.lostTotal - result.ledger.lost.overCapacity - result.ledger.lost.bufferOverflow),
    ],
    findNothing,
    isTimed: false,
  };
}

function fullBuffer(layer: LayerName): RunRow {
  return {
    kind: 'run',
    name: `${layer}: the same burst, to one paused consumer among others`,
    planted: { request: burst(layer, 'one', CAPACITY, '60s') },
    unplanted: control(layer, 'one'),
    // What its process queue refused is missing at every member; of the rest, the buffer keeps the newest.
    find: (result) => [
      equal('bufferOverflow', BURST - CAPACITY - result.ledger.lost.overCapacity / MEMBERS, result.ledger.lost.bufferOverflow),
      equal('lost otherwise', 0, result.ledger.lostTotal - result.ledger.lost.bufferOverflow - result.ledger.lost.overCapacity),
    ],
    findNothing,
    isTimed: false,
  };
}

function expired(layer: LayerName): RunRow {
  return {
    kind: 'run',
    name: `${layer}: consumers are paused until everything has expired`,
    planted: { request: burst(layer, 'all', BURST, '1s') },
    unplanted: control(layer, 'all'),
    find: (result) => lost(result, 'expired', (BURST - popped(result)) * MEMBERS),
    findNothing,
    isTimed: false,
  };
}

const WITH_QUEUES = LAYER_NAMES.filter((name) => LAYERS[name].traits.queues === true);
const WITH_PROCESS_QUEUES = LAYER_NAMES.filter((name) => LAYERS[name].traits['core-wire'] === true);

export const QUEUE_ROWS: readonly RunRow[] = [
  ...WITH_QUEUES.map(fullQueue),
  ...WITH_PROCESS_QUEUES.map(fullBuffer),
  ...WITH_QUEUES.map(expired),
];
