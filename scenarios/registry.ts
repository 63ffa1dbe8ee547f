import type { AnyScenario } from '../src/index.ts';
import { burst } from './burst.ts';
import { churn } from './churn.ts';
import { direct } from './direct.ts';
import { failover } from './failover.ts';
import { fanout } from './fanout.ts';
import { httpTrigger } from './http-trigger.ts';
import { idleConnections } from './idle-connections.ts';
import { massBroadcast } from './mass-broadcast.ts';
import { observed } from './observed.ts';
import { ramp } from './ramp.ts';
import { rooms } from './rooms.ts';
import { sessionAffinity } from './session-affinity.ts';
import { slowConsumer } from './slow-consumer.ts';

/** The scenarios that bench knows. */
export type ScenarioName =
  | 'fanout'
  | 'mass-broadcast'
  | 'rooms'
  | 'direct'
  | 'burst'
  | 'slow-consumer'
  | 'churn'
  | 'http-trigger'
  | 'failover'
  | 'idle-connections'
  | 'session-affinity'
  | 'ramp'
  | 'observed';

export const SCENARIOS: Readonly<Record<ScenarioName, AnyScenario>> = {
  fanout,
  'mass-broadcast': massBroadcast,
  rooms,
  direct,
  burst,
  'slow-consumer': slowConsumer,
  churn,
  'http-trigger': httpTrigger,
  failover,
  'idle-connections': idleConnections,
  'session-affinity': sessionAffinity,
  ramp,
  observed,
};

export const SCENARIO_NAMES: readonly ScenarioName[] = Object.keys(SCENARIOS) as ScenarioName[];
