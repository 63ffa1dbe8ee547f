import type { FramesOf, ServerReport } from '../../ledger/evidence.ts';
import type { LayerInUse } from '../../model/layer-in-use.ts';
import type { ServerMember, ServersUnderTest } from './server-under-test.ts';

/** Servers of several kinds in one run, each process with an index of its own. */
export class MixedServers implements ServersUnderTest {
  readonly kind = 'mixed';
  readonly sharedAddress = null;
  readonly members: readonly ServerMember[];
  readonly layerInUse: LayerInUse | null;
  private readonly parts: readonly ServersUnderTest[];

  constructor(parts: readonly ServersUnderTest[]) {
    this.parts = parts;
    this.layerInUse = parts.find((part) => part.layerInUse !== null)?.layerInUse ?? null;
    this.members = parts.flatMap((part) => part.members).toSorted((a, b) => a.index - b.index);
  }

  async mark(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.mark()));
  }

  killAndRestart(index: number): Promise<void> {
    return this.partOf(index).killAndRestart(index);
  }

  signal(index: number, signal: NodeJS.Signals): void {
    this.partOf(index).signal(index, signal);
  }

  report(index: number, after: number, held: FramesOf | null): Promise<ServerReport> {
    return this.partOf(index).report(index, after, held);
  }

  clock(index: number): Promise<number> {
    return this.partOf(index).clock(index);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.parts.map((part) => part[Symbol.asyncDispose]()));
  }

  private partOf(index: number): ServersUnderTest {
    return this.parts.find((part) => part.members.some((member) => member.index === index))!;
  }
}
