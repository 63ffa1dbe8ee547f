import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGES, NOTHING_KNOWN, sampleSocket } from '../../test/sample-account.ts';
import type { AccountInput, PublisherAccount } from './account.ts';
import type { Attributed } from './attribution.ts';
import { deliveryMatrices } from './matrices.ts';
import { owedAccount } from './memberships.ts';
import { shortfallsOf, type Shortfalls } from './shortfalls.ts';

const FATES = ['delivered', 'overCapacity', 'isolated', 'inFlight'] as const;
const MEMBERS = 3;

const PUBLISHER: PublisherAccount = {
  group: 0,
  socket: 0,
  answeredBy: null,
  overtakes: false,
  attempted: MESSAGES,
  unsendable: [],
  refused: [],
  unanswered: [],
};

function shortfalls(input: AccountInput, attributed: readonly Attributed[]): Shortfalls {
  const owed = owedAccount(input);
  return shortfallsOf(owed, deliveryMatrices(owed), attributed);
}

/** A publisher of process 0 with members of the processes 0, 1 and 1; `fates[member][seq]`. */
function accountOf(fates: readonly (readonly string[])[]): { readonly input: AccountInput; readonly attributed: readonly Attributed[] } {
  const delivered = fates.flat().filter((fate) => fate === 'delivered').length;
  const attributed = fates.flatMap((row, socket) =>
    row.flatMap((fate, seq) =>
      fate === 'delivered' ? [] : [{ publisher: 0, socket, from: seq, to: seq + 1, fate: fate as Attributed['fate'] }],
    ),
  );
  const input = {
    ...NOTHING_KNOWN,
    publishers: [{ ...PUBLISHER, attempted: fates[0]!.length }],
    sockets: [sampleSocket(0, 'a'), sampleSocket(1, 'b'), sampleSocket(1, 'c')],
    members: [[0, 1, 2]],
    delivered,
    missing: attributed,
  };
  return { input, attributed };
}

const fatesOfRun = fc
  .integer({ min: 1, max: 12 })
  .chain((messages) =>
    fc.array(fc.array(fc.constantFrom(...FATES), { minLength: messages, maxLength: messages }), { minLength: MEMBERS, maxLength: MEMBERS }),
  );

describe('what is missing from latencies', () => {
  it('is counted by delivery, by placement and by message, as the fates of all deliveries say', () => {
    fc.assert(
      fc.property(fatesOfRun, (fates) => {
        const { input, attributed } = accountOf(fates);
        const of = (rows: readonly (readonly string[])[]): object => {
          const owed = rows.flat().filter((fate) => fate !== 'isolated');
          return { owed: owed.length, missing: owed.filter((fate) => fate !== 'delivered').length };
        };
        const messages = fates[0]!.map((_, seq) => fates.map((row) => row[seq]!).filter((fate) => fate !== 'isolated'));
        const owed = messages.filter((members) => members.length > 0);
        const found = shortfalls(input, attributed);
        expect(found.deliveries).toEqual(of(fates));
        expect(found.sameProcess).toEqual(of(fates.slice(0, 1)));
        expect(found.crossProcess).toEqual(of(fates.slice(1)));
        expect(found.firstDelivery.owed).toBe(owed.length);
        expect(found.lastDelivery.owed).toBe(owed.length);
        expect(found.lastDelivery.missing).toBe(owed.filter((members) => members.some((fate) => fate !== 'delivered')).length);
        const everyMember = fates[0]!.map((_, seq) => fates.map((row) => row[seq]!));
        const toNobody = everyMember.filter((members) => !members.includes('delivered') && members.some((fate) => fate !== 'isolated'));
        expect(found.firstDelivery.missing).toBe(toNobody.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not what a member was not there for', () => {
    const { input } = accountOf([['delivered'], ['delivered'], ['delivered']]);
    const away = { ...input.sockets[2]!, absences: [{ leavingNs: -1, leftNs: -1, joiningNs: Infinity, joinedNs: Infinity }] };
    const attributed: readonly Attributed[] = [0, 1].map((socket) => ({ publisher: 0, socket, from: 0, to: 1, fate: 'overCapacity' }));
    const found = shortfalls({ ...input, sockets: [...input.sockets.slice(0, 2), away], dueNs: () => Float64Array.of(0) }, attributed);
    expect(found.firstDelivery).toEqual({ owed: 1, missing: 1 });
  });

  it('is a round trip where the reply is missing, and a delivery where the question is', () => {
    const { input } = accountOf([['delivered'], ['delivered'], ['delivered']]);
    const direct: AccountInput = {
      ...input,
      publishers: [{ ...PUBLISHER, answeredBy: 1 }],
      members: [[0, 1]],
      delivered: 2 * MESSAGES - 4,
    };
    const lost = (socket: number, to: number): Attributed => ({ publisher: 0, socket, from: 0, to, fate: 'overCapacity' });
    const found = shortfalls(direct, [lost(1, 1), lost(0, 3)]);
    expect(found.roundTrip).toEqual({ owed: MESSAGES, missing: 3 });
    expect(found.deliveries).toEqual({ owed: MESSAGES, missing: 1 });
    expect(found.lastDelivery).toEqual({ owed: MESSAGES, missing: 1 });
  });
});
