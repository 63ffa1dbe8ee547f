/** What a layer has or has not, as far as cases depend on it. */
export type Trait =
  /** Refuses names that the specification does not allow. */
  | 'names'
  /** Keeps messages that nobody waits for, up to a capacity, and until they expire. */
  | 'queues'
  /** Every channel has a queue of its own, in the memory of the process. */
  | 'channel-queues'
  /** Several instances with one prefix are one deployment. */
  | 'shared'
  /** Messages are bytes in Redis. */
  | 'wire'
  /** Keys and members of channels_redis core. */
  | 'core-wire'
  /** Channels and payloads of channels_redis pub/sub. */
  | 'pubsub-wire';

/** Each trait of a layer: true, or why it has it not. */
export type Traits = Readonly<Record<Trait, true | string>>;
