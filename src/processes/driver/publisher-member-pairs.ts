/** A socket of the Plan, as far as its pairs are concerned. */
export interface PairedSocket {
  readonly groups: readonly number[];
}

/**
 * The (publisher, member) pairs of one driver: numbered member by member, a group's publishers in ascending order. A member is
 * known by its slot: its position among the sockets of the driver.
 */
export class PairTable {
  readonly count: number;
  /** How many deliveries one message of each publisher has here. */
  readonly membersByPublisher: Uint32Array;
  /** Of each publisher: its group, and its position among those of the group; -1 for none of ours. */
  private readonly group: Int32Array;
  private readonly place: Int32Array;
  private readonly publishersByGroup: readonly (readonly number[])[];
  /** Memberships of slot `s`: from `start[s]` to `start[s + 1]`, exclusive. */
  private readonly start: Int32Array;
  /** Of each membership: its group, and its first pair. */
  private readonly groupOf: Int32Array;
  private readonly firstPair: Int32Array;

  constructor(publishersByGroup: readonly (readonly number[])[], sockets: readonly PairedSocket[], publishers: number) {
    this.publishersByGroup = publishersByGroup;
    this.group = new Int32Array(publishers).fill(-1);
    this.place = new Int32Array(publishers).fill(-1);
    publishersByGroup.forEach((list, group) => {
      list.forEach((publisher, place) => {
        this.group[publisher] = group;
        this.place[publisher] = place;
      });
    });
    const groups = sockets.flatMap((socket) => socket.groups);
    const sizes = new Map<number, number>();
    for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    this.membersByPublisher = Uint32Array.from(this.group, (group) => sizes.get(group) ?? 0);
    this.groupOf = Int32Array.from(groups);
    this.firstPair = new Int32Array(groups.length);
    this.start = new Int32Array(sockets.length + 1);
    sockets.forEach((socket, slot) => (this.start[slot + 1] = this.start[slot]! + socket.groups.length));
    let pairs = 0;
    groups.forEach((group, membership) => {
      this.firstPair[membership] = pairs;
      pairs += publishersByGroup[group]?.length ?? 0;
    });
    this.count = pairs;
  }

  /** The pair of a frame that arrived at a member; -1 where there is none. */
  pairOf(slot: number, group: number, sender: number): number {
    if (sender >= this.place.length || this.group[sender] !== group) return -1;
    const end = this.start[slot + 1]!;
    for (let membership = this.start[slot]!; membership < end; membership++)
      if (this.groupOf[membership] === group) return this.firstPair[membership]! + this.place[sender]!;
    return -1;
  }

  each(visit: (publisher: number, slot: number, pair: number) => void): void {
    for (let slot = 0; slot + 1 < this.start.length; slot++)
      for (let membership = this.start[slot]!; membership < this.start[slot + 1]!; membership++)
        this.publishersByGroup[this.groupOf[membership]!]?.forEach((publisher, place) =>
          visit(publisher, slot, this.firstPair[membership]! + place),
        );
  }
}
