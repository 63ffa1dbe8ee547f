import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
  type Document,
  type DocumentOptions,
  type ParseOptions,
  type SchemaOptions,
  type Tags,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { SettingValue } from '../model/layer-setting.ts';
import { PLAIN_TAGS } from './pyyaml.ts';

/** A place in a document: the keys and indices that lead there. */
export type YamlPath = readonly (string | number)[];

/** How the texts of a configuration are read, and written. */
const PYYAML: DocumentOptions & SchemaOptions & ParseOptions = {
  version: '1.1',
  merge: true,
  // PyYAML takes the last of several keys with one name.
  uniqueKeys: false,
  customTags: (tags: Tags): Tags => [
    ...tags.filter((tag) => typeof tag !== 'object' || !PLAIN_TAGS.some(({ tag: name }) => name === tag.tag)),
    ...PLAIN_TAGS,
  ],
};

const PROBLEMS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias has properties',
  BAD_ALIAS: 'an alias is wrong, or its anchor is missing',
  BAD_INDENT: 'something is indented wrongly',
  BLOCK_AS_IMPLICIT_KEY: 'something is nested in a key: a quote, a bracket or an indentation may be missing',
  BLOCK_IN_FLOW: 'a block stands between brackets',
  DUPLICATE_KEY: 'a key stands twice',
  IMPOSSIBLE: 'it is no YAML',
  MISSING_CHAR: 'a colon, a comma, a quote or a bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines: a quote, a colon or a bracket may be missing',
  MULTIPLE_ANCHORS: 'something has several anchors',
  MULTIPLE_DOCS: 'it holds several documents',
  MULTIPLE_TAGS: 'something has several tags',
  TAB_AS_INDENT: 'it is indented with a tab',
  TAG_RESOLVE_FAILED: 'there is a tag that PyYAML refuses',
  UNEXPECTED_TOKEN: 'something stands where it cannot',
};

/** A YAML (or JSON) text that knows on which line each of its values stands. Problems are told without its words. */
export class YamlDocument {
  /** The first thing that is wrong with the text, and its line; null for nothing. */
  readonly problem: { readonly line: number; readonly message: string } | null;
  private readonly document: Document;
  private readonly lines = new LineCounter();
  private readonly root: SettingValue = null;

  constructor(text: string) {
    this.document = parseDocument(text, { ...PYYAML, lineCounter: this.lines, prettyErrors: false, logLevel: 'error' });
    const [wrong] = [...this.document.errors, ...this.document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED')];
    this.problem = wrong === undefined ? null : { line: this.lineAt(wrong.pos[0]), message: PROBLEMS[wrong.code] ?? 'it is no YAML' };
    if (this.problem !== null) return;
    try {
      this.root = this.document.toJS() as SettingValue;
    } catch {
      this.problem = { line: 1, message: 'its aliases or merged maps cannot be resolved' };
    }
  }

  has(path: YamlPath): boolean {
    return this.value(path) !== undefined;
  }

  /** Keys of the map at a place; none where there is no map. */
  keys(path: YamlPath): readonly string[] {
    const value = this.value(path);
    return isPlainMap(value) ? Object.keys(value) : [];
  }

  /** undefined where there is nothing. */
  value(path: YamlPath): SettingValue | undefined {
    let value: unknown = this.root;
    for (const step of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
      value = (value as Readonly<Record<string | number, unknown>>)[step];
    }
    return value as SettingValue;
  }

  /** The line of what is at a place: of its key in a map. Where there is nothing, of the nearest thing above it. */
  lineOf(path: YamlPath): number {
    let node: unknown = this.document.contents;
    let line = this.beginOf(node) ?? 1;
    for (const step of path) {
      const found = this.stepInto(node, step);
      if (found === null) return line;
      line = this.beginOf(found.at) ?? line;
      node = found.node;
    }
    return line;
  }

  private stepInto(container: unknown, step: string | number): { readonly at: unknown; readonly node: unknown } | null {
    const node = this.resolved(container);
    if (isSeq(node)) {
      const item = node.items[Number(step)];
      return item === undefined ? null : { at: item, node: item };
    }
    const pair = isMap(node) ? this.pairOf(node, String(step)) : null;
    return pair === null ? null : { at: pair.key, node: pair.value };
  }

  /** Its own last pair of that name, else one of a map that is merged into it. */
  private pairOf(map: YAMLMap, name: string): Pair | null {
    const own = map.items.findLast(({ key }) => isScalar(key) && typeof key.value !== 'symbol' && String(key.value) === name);
    if (own !== undefined) return own;
    for (const { key, value } of map.items) {
      if (!isScalar(key) || (typeof key.value === 'symbol' ? key.value.description : key.value) !== '<<') continue;
      const source = this.resolved(value);
      for (const merged of isSeq(source) ? source.items.map((item) => this.resolved(item)) : [source]) {
        const pair = isMap(merged) ? this.pairOf(merged, name) : null;
        if (pair !== null) return pair;
      }
    }
    return null;
  }

  private resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }

  private beginOf(node: unknown): number | null {
    const range = (node as Node | null)?.range;
    return range === undefined || range === null ? null : this.lineAt(range[0]);
  }

  private lineAt(offset: number): number {
    return this.lines.linePos(offset).line;
  }
}

/** A map of a configuration; a date is none. */
export function isPlainMap(value: unknown): value is Readonly<Record<string, SettingValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The value of a text; undefined where it is no YAML. */
export function readYaml(text: string): SettingValue | undefined {
  const document = new YamlDocument(text);
  return document.problem === null ? document.value([]) : undefined;
}

export function writeYaml(value: unknown): string {
  return stringify(value, { ...PYYAML, flowCollectionPadding: false, aliasDuplicateObjects: false }).trimEnd();
}
