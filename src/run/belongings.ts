/** What something has started, in turn; it is ended in the opposite order. */
export class Belongings {
  private readonly held: AsyncDisposable[] = [];

  /** Keeps what has been started, and answers it. */
  async keep<T extends AsyncDisposable | null>(starting: Promise<T>): Promise<T> {
    const started = await starting;
    if (started !== null) this.hold(started);
    return started;
  }

  hold(started: AsyncDisposable): void {
    this.held.push(started);
  }

  /** Ends all of it, whatever fails; answers what failed. */
  async end(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    for (const belonging of this.held.splice(0).toReversed()) {
      try {
        await belonging[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}
