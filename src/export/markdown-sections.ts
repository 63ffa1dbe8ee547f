import type { Environment } from '../model/environment.ts';
import { counted } from '../model/units.ts';
import { markdownText } from './markdown-text.ts';

/** A table of Markdown with what stands around it; its rows are the smallest parts that are shown or left out. */
export interface Section {
  /** Up to the table's header, with the end of the line. */
  readonly opening: string;
  readonly rows: readonly string[];
  readonly closing: string;
}

/** A table's header, and one row of it. Cells are texts as they are to be seen. */
export function tableHeader(cells: readonly string[], rightAligned: ReadonlySet<number> = new Set()): string {
  return `${tableRow(cells)}|${cells.map((_, i) => (rightAligned.has(i) ? ' ---: ' : ' --- ')).join('|')}|\n`;
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(markdownText).join(' | ')} |\n`;
}

export type Fact = readonly [string, string];

/** Facts in two columns, folded away. */
export function details(summary: string, facts: readonly Fact[]): Section {
  return {
    opening: `<details><summary>${markdownText(summary)}</summary>\n\n${tableHeader(['', ''])}`,
    rows: facts.map((fact) => tableRow(fact)),
    closing: '\n</details>\n\n',
  };
}

/** What a result was measured on; nothing where that is not known. */
export function machineFacts(environment: Environment | null): readonly Fact[] {
  if (environment === null) return [];
  const { host, node, redis, git } = environment;
  return [
    ['machine', `${host.cpuModel}, ${host.cores} cores, ${host.kernel}, Node ${node}${redis === null ? '' : `, Redis ${redis.version}`}`],
    ...(git === null ? [] : [['commit', `${git.sha}${git.dirty ? ' with changes' : ''}`] as const]),
  ];
}

/** What is left for the sentence that says what is not shown. */
const SENTENCE_BYTES = 200;

/**
 * A document within `maxBytes` of UTF-8: whole sections in their order, then as many rows of the next as fit, then a
 * sentence that says what was left out.
 */
export function fitSections(title: string, sections: readonly Section[], maxBytes: number): string {
  const whole = `${title}${sections.map(sectionText).join('')}`;
  if (bytes(whole) <= maxBytes) return whole;
  let left = maxBytes - SENTENCE_BYTES - bytes(title);
  const shown: string[] = [];
  for (const [index, section] of sections.entries()) {
    const size = bytes(sectionText(section));
    if (size <= left) {
      shown.push(sectionText(section));
      left -= size;
      continue;
    }
    const rows = fittingRows(section, left);
    if (rows > 0) shown.push(sectionText({ ...section, rows: section.rows.slice(0, rows) }));
    return `${title}${shown.join('')}${sentence(section.rows.length - rows, sections.slice(index + (rows > 0 ? 1 : 0)), rows > 0, maxBytes)}`;
  }
  return title;
}

function fittingRows({ opening, rows, closing }: Section, maxBytes: number): number {
  let left = maxBytes - bytes(opening) - bytes(closing);
  const fitting = rows.findIndex((row) => (left -= bytes(row)) < 0);
  return fitting === -1 ? rows.length : fitting;
}

function sentence(rowsOfCut: number, missing: readonly Section[], isCut: boolean, maxBytes: number): string {
  const parts = [
    ...(isCut ? [`${counted(rowsOfCut, 'row')} of the table above`] : []),
    ...(missing.length > 0
      ? [
          `${counted(missing.length, 'table')} with ${counted(
            missing.reduce((sum, { rows }) => sum + rows.length, 0),
            'row',
          )}`,
        ]
      : []),
  ];
  return `Left out, to stay within ${counted(maxBytes, 'byte')}: ${parts.join(', and ')}.\n`;
}

function sectionText({ opening, rows, closing }: Section): string {
  return `${opening}${rows.join('')}${closing}`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
