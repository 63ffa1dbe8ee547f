/**
 * The memberships that this process has made and not ended, so that they can be made again where Redis has lost them.
 * Groups and channels by name.
 */
export class Memberships {
  private readonly groups = new Map<string, Set<string>>();
  private rejoin: (group: string, channel: string) => Promise<void> = () => Promise.resolve();

  /** What makes one membership. */
  onRenew(rejoin: (group: string, channel: string) => Promise<void>): void {
    this.rejoin = rejoin;
  }

  add(group: string, channel: string): void {
    const channels = this.groups.get(group);
    if (channels === undefined) this.groups.set(group, new Set([channel]));
    else channels.add(channel);
  }

  remove(group: string, channel: string): void {
    const channels = this.groups.get(group);
    channels?.delete(channel);
    if (channels?.size === 0) this.groups.delete(group);
  }

  clear(): void {
    this.groups.clear();
  }

  /** Makes all of them again. One that fails is left to the next time: then Redis is away once more. */
  async renew(): Promise<void> {
    const all = [...this.groups].flatMap(([group, channels]) => [...channels].map((channel) => this.rejoin(group, channel)));
    await Promise.allSettled(all);
  }
}
