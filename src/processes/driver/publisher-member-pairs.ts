/** One socket of this driver as a receiver: where its pairs stand in the ledger. */
export interface MemberSocket {
  /** Index in the Plan. */
  readonly index: number;
  readonly groups: readonly number[];
  /** Server process of its socket. */
  processIndex: number;
  /** Every process that its socket has been on. */
  readonly processes: ReadonlySet<number>;
  isOpen: boolean;
  /** First pair of each of its groups, aligned with `groups`. */
  readonly pairBase: number[];
}

/** The (publisher, member) pairs of one driver: numbered member by member, a group's publishers in ascending order. */
export class PairTable {
  readonly count: number;
  /** Position of a publisher among those of its group; -1 for none of ours. */
  private readonly slot: Int32Array;
  private readonly group: Int32Array;
  private readonly publishersByGroup: readonly (readonly number[])[];

  constructor(publishersByGroup: readonly (readonly number[])[], members: readonly MemberSocket[], publishers: number) {
    this.publishersByGroup = publishersByGroup;
    this.slot = new Int32Array(publishers).fill(-1);
    this.group = new Int32Array(publishers).fill(-1);
    publishersByGroup.forEach((list, group) => {
      list.forEach((publisher, slot) => {
        this.slot[publisher] = slot;
        this.group[publisher] = group;
      });
    });
    let pairs = 0;
    for (const member of members) {
      member.pairBase.length = 0;
      for (const group of member.groups) {
        member.pairBase.push(pairs);
        pairs += publishersByGroup[group]?.length ?? 0;
      }
    }
    this.count = pairs;
  }

  /** The pair of a frame that arrived at a member; -1 where there is none. */
  pairOf(member: MemberSocket, group: number, sender: number): number {
    if (sender >= this.slot.length) return -1;
    const i = member.groups.length === 1 && member.groups[0] === group ? 0 : member.groups.indexOf(group);
    return i < 0 || this.group[sender] !== group ? -1 : member.pairBase[i]! + this.slot[sender]!;
  }

  each(members: readonly MemberSocket[], visit: (publisher: number, member: MemberSocket, pair: number) => void): void {
    for (const member of members) {
      member.groups.forEach((group, i) => {
        this.publishersByGroup[group]?.forEach((publisher, slot) => visit(publisher, member, member.pairBase[i]! + slot));
      });
    }
  }

  /** How many deliveries one message of each publisher has here. */
  membersByPublisher(members: readonly MemberSocket[]): Uint32Array {
    const size = new Map<number, number>();
    for (const member of members) for (const group of member.groups) size.set(group, (size.get(group) ?? 0) + 1);
    return Uint32Array.from(this.group, (group) => size.get(group) ?? 0);
  }
}
