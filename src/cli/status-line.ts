import type { Output } from './terminal.ts';

const CLEAR_LINE = '\r\u001b[2K';

/** Says on stderr how something goes: one live line on a terminal, plain lines elsewhere, nothing when quiet, or without progress. */
export class StatusLine {
  private readonly output: Output;
  private readonly quiet: boolean;
  private live = false;

  constructor(output: Output, quiet: boolean) {
    this.output = output;
    this.quiet = quiet;
  }

  /** `isMilestone`: whether it is worth a line where there is no terminal. */
  show(label: string, text: string, isMilestone: boolean): void {
    if (this.quiet || !this.output.hasProgress) return;
    const { errStyle, isTerminal } = this.output;
    if (!isTerminal) {
      if (isMilestone) this.output.err(`${label}  ${text}\n`);
      return;
    }
    this.live = true;
    const room = Math.max(10, errStyle.columns - label.length - 3);
    this.output.err(`${CLEAR_LINE}${errStyle.dim(label)}  ${text.slice(0, room)}`);
  }

  /** Takes the live line away. */
  end(): void {
    if (this.live) this.output.err(CLEAR_LINE);
    this.live = false;
  }
}
