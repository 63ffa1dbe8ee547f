import type { RunEvent } from '../result/request.ts';
import { formatCount, formatPerSecond } from '../model/units.ts';
import { paragraph } from '../report/paragraph.ts';
import { StatusLine } from './status-line.ts';
import type { Output } from './terminal.ts';

/** Without a terminal, progress inside a phase is told this often. */
const PLAIN_EVERY_EVENTS = 4;

/** Shows how a run goes, on stderr. */
export class Progress {
  private readonly output: Output;
  private readonly quiet: boolean;
  private readonly line: StatusLine;
  private readonly milestones: 'phases' | 'runs';
  private label = '';
  private phase = '';
  private events = 0;

  /** `milestones`: what is worth a line where there is no terminal. */
  constructor(output: Output, quiet: boolean, milestones: 'phases' | 'runs' = 'phases') {
    this.output = output;
    this.quiet = quiet;
    this.milestones = milestones;
    this.line = new StatusLine(output, quiet);
  }

  /** Names the run that follows. */
  begin(label: string): void {
    this.label = label;
    this.phase = '';
    this.events = 0;
  }

  onEvent(event: RunEvent): void {
    switch (event.kind) {
      case 'phase':
        this.phase = event.phase;
        if (this.milestones === 'phases') this.line.show(this.label, event.phase, true);
        else this.line.show(this.label, event.phase === 'start' ? '' : event.phase, event.phase === 'start');
        return;
      case 'progress': {
        const rate = formatPerSecond(Math.round(event.deliveredPerSecond));
        const text = `${this.phase}  ${Math.ceil(event.secondsLeft)} s left  ${rate} delivered  ${event.isLostExact ? '' : 'about '}${formatCount(event.lost)} missing so far`;
        this.events += 1;
        this.line.show(this.label, text, this.milestones === 'phases' && this.events % PLAIN_EVERY_EVENTS === 1);
        return;
      }
      case 'notice':
        if (this.quiet) return;
        this.end();
        this.output.err(paragraph('bench: ', event.message, this.output.errStyle));
        return;
      // More than a line has room for: the live page shows these.
      case 'probed':
      case 'seconds':
      case 'latencies':
      case 'server':
      case 'fault':
        return;
    }
  }

  /** Takes the live line away. */
  end(): void {
    this.line.end();
  }
}
