import { formatUs } from '../../model/units.ts';
import { hitBox, leftAxis, px, WIDTH, type Chart, type Frame } from '../html/charts/frame.ts';
import { logScale } from '../html/charts/scales.ts';
import { linePath, seriesClass, seriesSymbol, type Point } from '../html/charts/shapes.ts';
import { secondsText, type IntervalGroup } from '../html/interval-groups.ts';
import { html, type Content } from '../html/markup.ts';
import { timeAxis, timeScale, type TimeWindow } from '../html/time-window.ts';

const FRAME: Frame = { left: 62, right: WIDTH - 30, top: 26, bottom: 240 };
const HEIGHT = 282;
/** Above and below what is known, so that the axis has several ticks. */
const ROOM = 2;

interface Known {
  readonly group: IntervalGroup;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Response over time: the 50th and the 99th percentile, as far as they are known; of one second at least. */
export function latencyChart(window: TimeWindow, groups: readonly IntervalGroup[]): Chart {
  const x = timeScale(window, FRAME);
  const known = groups.flatMap((group): readonly Known[] => {
    const { p50Us, p99Us } = group;
    return p50Us === null || p99Us === null ? [] : [{ group, p50Us, p99Us }];
  });
  const least = Math.min(...known.map(({ p50Us }) => p50Us));
  const greatest = Math.max(...known.map(({ p99Us }) => p99Us));
  const y = logScale([least / ROOM, greatest * ROOM], [FRAME.bottom, FRAME.top]);
  const middle = ({ group }: Known): number => x.at((group.startMs + group.endMs) / 2000);
  const line = (series: number, name: string, of: (point: Known) => number): Content => {
    const points = known.map((point): Point => [middle(point), y.at(of(point))]);
    const end = points.at(-1)!;
    return html`<path class="line ${seriesClass(series)}" d="${linePath(points)}"/>${points.map((point) => seriesSymbol(series, point))}<text class="row" x="${px(end[0] + 8)}" y="${px(end[1])}" dy=".34em">${name}</text>`;
  };
  const hits = known.map(({ group, p50Us, p99Us }) => {
    const [left, right] = [x.at(group.startMs / 1000), x.at(group.endMs / 1000)];
    const title = `${secondsText(group)}\nresponse p50  ${formatUs(p50Us)}\nresponse p99  ${formatUs(p99Us)}`;
    return hitBox({ x: left, y: FRAME.top, width: right - left, height: FRAME.bottom - FRAME.top }, title);
  });
  return {
    height: HEIGHT,
    body: html`${leftAxis(FRAME, { scale: y, format: formatUs, title: 'response' })}${timeAxis(FRAME, x)}${line(0, 'p50', ({ p50Us }) => p50Us)}${line(1, 'p99', ({ p99Us }) => p99Us)}${hits}`,
  };
}
