import type { LiveRun, LiveSecond } from '../../result/live-run.ts';
import { formatCount, formatPerSecond, formatRatio, formatUs } from '../../model/units.ts';
import { html, type Html } from '../html/markup.ts';

/** A number that is looked at from afar: what it is, and what it is of. */
interface Tile {
  readonly name: string;
  readonly value: string;
  readonly of: string;
  readonly isBad?: boolean;
}

const NONE = '–';

/** The numbers of the latest second of which each is known. */
export function tiles(run: LiveRun, seconds: readonly LiveSecond[], ownUse: number | null): Html {
  const list: readonly Tile[] = [deliveredTile(seconds.at(-1)), lostTile(run, seconds), ...latencyTiles(seconds), ownTile(ownUse)];
  return html`<dl class="tiles">${list.map(
    ({ name, value, of, isBad }) => html`<div><dt>${name}</dt><dd${isBad === true && BAD}>${value}</dd><dd class="of">${of}</dd></div>`,
  )}</dl>`;
}

const BAD = html` class="bad"`;

function deliveredTile(second: LiveSecond | undefined): Tile {
  const name = 'Delivered';
  if (second === undefined) return { name, value: NONE, of: 'nothing was due yet' };
  const perSecond = (second.arrived * 1000) / (second.endMs - second.startMs);
  return {
    name,
    value: formatPerSecond(perSecond),
    of: `in ${secondText(second)}, which ${formatCount(second.sent)} messages were due in`,
  };
}

/** Of the seconds that are settled: the others are in neither number of the share. */
function lostTile({ isLostExact }: LiveRun, seconds: readonly LiveSecond[]): Tile {
  const name = 'Missing so far';
  const settled = seconds.filter(({ isSettled }) => isSettled);
  if (settled.length === 0) return { name, value: NONE, of: 'known a second after what was due' };
  const sum = (of: (second: LiveSecond) => number): number => settled.reduce((total, second) => total + of(second), 0);
  const [lost, delivered] = [sum((second) => second.lost), sum((second) => second.delivered)];
  const note = isLostExact ? 'as far as can be told' : 'an estimate: not all messages are owed to equally many';
  const of = lost + delivered === 0 ? 'nothing was due yet' : `${formatRatio(lost / (lost + delivered))}, ${note}`;
  return { name, value: `${isLostExact ? '' : '≈ '}${formatCount(lost)}`, of, isBad: lost > 0 && isLostExact };
}

function latencyTiles(seconds: readonly LiveSecond[]): readonly Tile[] {
  const latest = seconds.findLast(({ response }) => response !== null);
  const lagging = seconds.findLast(({ pacerLagP99Us }) => pacerLagP99Us !== null);
  const tile = (name: string, second: LiveSecond | undefined, us: number | null | undefined): Tile =>
    second === undefined || us === null || us === undefined
      ? { name, value: NONE, of: 'known after some seconds' }
      : { name, value: formatUs(us), of: secondText(second) };
  return [
    tile('Response p50', latest, latest?.response?.p50),
    tile('Response p99', latest, latest?.response?.p99),
    tile('Pacer lag p99', lagging, lagging?.pacerLagP99Us),
  ];
}

function ownTile(ownUse: number | null): Tile {
  return { name: 'bench itself', value: ownUse === null ? NONE : formatRatio(ownUse), of: 'of its time at work' };
}

function secondText({ startMs }: LiveSecond): string {
  return `second ${startMs / 1000 + 1}`;
}
