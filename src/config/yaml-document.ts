import { isMap, isScalar, LineCounter, parse, parseDocument, stringify, type Document, type Node } from 'yaml';
import type { SettingValue } from '../core/layer-setting.ts';

/** A place in a document: the keys that lead there. */
export type YamlPath = readonly string[];

/** A YAML (or JSON) text that knows on which line each of its keys stands. */
export class YamlDocument {
  /** The first thing that is wrong with the text, and its line; null for nothing. */
  readonly problem: { readonly line: number; readonly message: string } | null;
  private readonly document: Document;
  private readonly lines = new LineCounter();

  constructor(text: string) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    const [error] = this.document.errors;
    this.problem = error === undefined ? null : { line: this.lines.linePos(error.pos[0]).line, message: error.message.split('\n', 1)[0]! };
  }

  has(path: YamlPath): boolean {
    return this.document.hasIn(path);
  }

  /** Keys of the map at a place; none where there is no map. */
  keys(path: YamlPath): readonly string[] {
    const node = this.document.getIn(path, true);
    return isMap(node) ? node.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
  }

  value(path: YamlPath): SettingValue {
    const node = this.document.getIn(path, true) as Node | undefined;
    return (node?.toJS(this.document) ?? null) as SettingValue;
  }

  /** The line of a key of the map at a place; null where it has none. */
  lineOfKey(path: YamlPath, key: string): number | null {
    const map = this.document.getIn(path, true);
    const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    return pair === undefined ? null : this.lines.linePos((pair.key as Node).range![0]).line;
  }

  /** The line where the value at a place begins. */
  lineOf(path: YamlPath): number {
    const range = (this.document.getIn(path, true) as Node | undefined)?.range;
    return range === undefined || range === null ? 1 : this.lines.linePos(range[0]).line;
  }
}

/** The value of a text; throws where it is no YAML. */
export function readYaml(text: string): unknown {
  return parse(text) as unknown;
}

export function writeYaml(value: unknown): string {
  return stringify(value, { flowCollectionPadding: false }).trimEnd();
}
