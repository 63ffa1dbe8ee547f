import type { RunEvent } from '../core/request.ts';
import { formatCount, formatPerSecond } from '../core/units.ts';
import type { Output } from './terminal.ts';

const CLEAR_LINE = '\r\u001b[2K';
/** Without a terminal, progress inside a phase is told this often. */
const PLAIN_EVERY_EVENTS = 4;

/** Shows how a run goes, on stderr: one live line on a terminal, plain lines elsewhere, nothing when quiet. */
export class Progress {
  private readonly output: Output;
  private readonly quiet: boolean;
  private label = '';
  private phase = '';
  private events = 0;
  private live = false;

  constructor(output: Output, quiet: boolean) {
    this.output = output;
    this.quiet = quiet;
  }

  /** Names the run that follows. */
  begin(label: string): void {
    this.label = label;
    this.phase = '';
    this.events = 0;
  }

  onEvent(event: RunEvent): void {
    if (this.quiet) return;
    switch (event.kind) {
      case 'phase':
        this.phase = event.phase;
        this.show(event.phase);
        return;
      case 'progress': {
        const rate = formatPerSecond(Math.round(event.deliveredPerSecond));
        const text = `${this.phase}  ${Math.ceil(event.secondsLeft)} s left  ${rate} delivered  ${formatCount(event.lost)} lost so far`;
        this.events += 1;
        if (this.output.isTerminal || this.events % PLAIN_EVERY_EVENTS === 1) this.show(text);
        return;
      }
      case 'notice':
        this.end();
        this.output.err(`bench: ${event.message}\n`);
        return;
    }
  }

  /** Takes the live line away. */
  end(): void {
    if (this.live) this.output.err(CLEAR_LINE);
    this.live = false;
  }

  private show(text: string): void {
    const { errStyle, isTerminal, columns } = this.output;
    if (!isTerminal) return this.output.err(`${this.label}  ${text}\n`);
    this.live = true;
    const room = Math.max(10, columns - this.label.length - 3);
    this.output.err(`${CLEAR_LINE}${errStyle.dim(this.label)}  ${text.slice(0, room)}`);
  }
}
