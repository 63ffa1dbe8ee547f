/*
 * The public API: what scenarios and layers are written with, bench's own and those of its users.
 * A scenario module has a default export, `defineScenario({ … })`; a layer module exports `openLayer(settings)`.
 */

export { usageError } from './model/errors.ts';
export { BROADCAST, broadcast, type Broadcast } from './model/broadcast.ts';
export type { Fault } from './model/faults.ts';
export type { Arrivals } from './model/pacer.ts';
export type { PayloadSizes } from './model/payloads.ts';
export type { ChoiceSpec, FileSpec, NumberSpec, ParameterSpec, ParameterSpecs, ParameterValues, TextSpec } from './model/parameters.ts';
export {
  MAX_PAIRS,
  MAX_SOCKETS,
  type ExtraMeasure,
  type Plan,
  type PlannedAbsence,
  type PlannedPublisher,
  type PlannedSocket,
  type PlannedVisit,
  type TimeSpan,
} from './model/plan.ts';
export { defineScenario, type AnyScenario, type Scenario, type Topology } from './model/scenario.ts';
export type { WorkloadProfile } from './model/workload.ts';
export {
  observedRatePerSecond,
  workloadDemand,
  type WorkloadDemand,
  type WorkloadScaleBy,
  type WorkloadScaling,
} from './model/workload-demand.ts';
export { workloadPlan } from './model/workload-plan.ts';
export { arrivalsOf, refuseAbove, refuseEndless, TRAFFIC, type Place, type Traffic } from './model/traffic.ts';
export {
  BackendError,
  ChannelFull,
  InvalidMessage,
  InvalidName,
  zeroCounters,
  type ChannelLayer,
  type Consumer,
  type Handler,
  type HeldMessage,
  type LayerCounters,
  type LayerEvent,
  type LayerSettings,
  type Message,
  type MessageValue,
} from './layers/layer.ts';
