/** Publish and subscribe on one host. Every operation throws a BackendError where the host cannot be reached. */
export interface PubSubHost {
  publish(topic: string, payload: Buffer): Promise<void>;
  /** Resolves once messages to the topic arrive. */
  subscribe(topic: string): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
  onMessage(listener: (topic: string, payload: Buffer) => void): void;
  close(): void;
}
