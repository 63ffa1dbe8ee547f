import { payloadStrata, stratumOf, type PlannedPayloads } from '../model/payloads.ts';
import { frameTemplate, HEADER_BYTES } from './frame.ts';

/**
 * The templates of a run's frames, one for each size of payload. They are views of one buffer: a frame is to be written
 * or copied before the next is issued.
 */
export class FrameTemplates {
  private readonly seed: number;
  private readonly templates: readonly Uint8Array<ArrayBuffer>[];

  constructor(run: number, seed: number, planned: PlannedPayloads) {
    const strata = payloadStrata(planned);
    const largest = frameTemplate(run, seed, strata.at(-1)!);
    this.seed = seed;
    this.templates = strata.map((bytes) => largest.subarray(0, HEADER_BYTES + bytes));
  }

  /** The template of one message of a publisher. */
  of(publisher: number, seq: number): Uint8Array<ArrayBuffer> {
    return this.templates[stratumOf(this.templates.length, this.seed, publisher, seq)]!;
  }
}
