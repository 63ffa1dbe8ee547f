/** How text is marked, and how wide it may be; a renderer knows meanings, not escape codes. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  /** Of the terminal; 80 where there is none, so that files and pipes get the same everywhere. */
  readonly columns: number;
}

const same = (text: string): string => text;

/** No marks at all. */
export const PLAIN: Style = { bold: same, dim: same, good: same, bad: same, warn: same, columns: 80 };
