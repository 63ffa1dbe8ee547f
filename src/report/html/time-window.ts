import type { PhaseSpan, RunResult } from '../../result/run-result.ts';
import { formatNumber } from '../../model/units.ts';
import { bottomAxis, px, type Frame } from './charts/frame.ts';
import { linearScale, type Scale } from './charts/scales.ts';
import { html, type Content } from './markup.ts';
import { labelText } from '../label-text.ts';

/** The time of a run that charts show, in seconds since its measure phase began. */
export interface TimeWindow {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Phases within it. */
  readonly phases: readonly { readonly name: string; readonly fromSeconds: number; readonly toSeconds: number }[];
}

/** As much of the phases around the measure phase is shown, of its length. */
const AROUND = 0.16;
const SHOWN: readonly PhaseSpan['name'][] = ['warmup', 'measure', 'drain'];

/** The measure phase, and the ends of the phases around it. */
export function timeWindow({ phases, intervals }: RunResult): TimeWindow {
  const measured = (intervals.at(-1)?.endMs ?? 0) / 1000;
  const measure = phases.find(({ name }) => name === 'measure');
  const origin = measure?.startMs ?? 0;
  const length = Math.max(measured, measure === undefined ? 0 : (measure.endMs - origin) / 1000);
  const shown = phases.filter(({ name }) => SHOWN.includes(name));
  const clip = (ms: number): number => Math.min(length * (1 + AROUND), Math.max(-AROUND * length, (ms - origin) / 1000));
  const spans = shown.map(({ name, startMs, endMs }) => ({ name, fromSeconds: clip(startMs), toSeconds: clip(endMs) }));
  return {
    fromSeconds: Math.min(0, ...spans.map(({ fromSeconds }) => fromSeconds)),
    toSeconds: Math.max(length, ...spans.map(({ toSeconds }) => toSeconds)),
    phases: spans,
  };
}

export function timeScale({ fromSeconds, toSeconds }: TimeWindow, { left, right }: Frame): Scale {
  const scale = linearScale([fromSeconds, toSeconds], [left, right], 6);
  return { ...scale, ticks: scale.ticks.filter((tick) => tick >= 0) };
}

export function timeAxis(frame: Frame, scale: Scale): Content {
  return bottomAxis(frame, { scale, format: (seconds) => `${formatNumber(seconds)}`, title: 'seconds of the measure phase' }, false);
}

/** Behind the marks: phases that are not measured are shaded, and faults stand where they were. */
export function timeGround(window: TimeWindow, faults: RunResult['faults'], scale: Scale, { top, bottom }: Frame): Content {
  const height = bottom - top;
  const phases = window.phases.map(({ name, fromSeconds, toSeconds }) => {
    if (name === 'measure') return null;
    const [x, width] = [scale.at(fromSeconds), scale.at(toSeconds) - scale.at(fromSeconds)];
    const label = html`<text class="phase" x="${px(x + width / 2)}" y="${top + 12}" text-anchor="middle">${name}</text>`;
    return html`<rect class="phase" x="${px(x)}" y="${top}" width="${px(width)}" height="${height}"/>${width < LABEL_WIDTH ? null : label}`;
  });
  const broken = faults.map(({ startMs, endMs }) => {
    const [from, to] = [scale.at(startMs / 1000), scale.at(endMs / 1000)];
    return html`<rect class="fault" x="${px(from)}" y="${top}" width="${px(Math.max(1.5, to - from))}" height="${height}"/>`;
  });
  return [phases, broken];
}

/** A phase as wide as this has its name in it. */
const LABEL_WIDTH = 54;
/** Names of faults stand below each other, since they may be close in time. */
const FAULT_LINES = 3;

/** Before the marks: what the faults were. */
export function faultLabels(faults: RunResult['faults'], scale: Scale, { top, left, right }: Frame): Content {
  return faults.map(({ spec, startMs }, i) => {
    const x = scale.at(startMs / 1000);
    const isLate = x > (left + right) / 2;
    const y = top + 12 + 14 * (i % FAULT_LINES);
    return html`<text class="fault" x="${px(isLate ? x - 4 : x + 4)}" y="${px(y)}" text-anchor="${isLate ? 'end' : 'start'}">${labelText(spec)}</text>`;
  });
}
