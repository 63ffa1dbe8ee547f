/*
 * YAML 1.1 as PyYAML's safe_load reads it: which plain words are numbers, switches or dates differs from YAML 1.2, and
 * also from what other readers of 1.1 take.
 */

const INT = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DATE =
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/;

/** A kind of plain word, as the `yaml` package has it. */
export interface PlainTag {
  readonly tag: string;
  readonly default: true;
  readonly test: RegExp;
  readonly resolve: (text: string) => unknown;
  readonly identify: (value: unknown) => boolean;
}

const plain = (tag: string, test: RegExp, resolve: (text: string) => unknown, identify: (value: unknown) => boolean): PlainTag => ({
  tag: `tag:yaml.org,2002:${tag}`,
  default: true,
  test,
  resolve,
  identify,
});

export const PLAIN_TAGS: readonly PlainTag[] = [
  plain(
    'bool',
    /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/,
    () => true,
    (value) => value === true,
  ),
  plain(
    'bool',
    /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/,
    () => false,
    (value) => value === false,
  ),
  plain('int', INT, integer, (value) => Number.isInteger(value)),
  plain('float', FLOAT, float, (value) => typeof value === 'number'),
  plain(
    'timestamp',
    DATE,
    (text) => new Date(text),
    (value) => value instanceof Date,
  ),
];

function integer(text: string): number {
  const { sign, digits } = signed(text);
  if (digits.startsWith('0b')) return sign * Number.parseInt(digits.slice(2), 2);
  if (digits.startsWith('0x')) return sign * Number.parseInt(digits.slice(2), 16);
  if (/^0./.test(digits)) return sign * Number.parseInt(digits, 8);
  return sign * sexagesimal(digits);
}

function float(text: string): number {
  const { sign, digits } = signed(text.toLowerCase());
  if (digits === '.inf') return sign * Infinity;
  return digits === '.nan' ? Number.NaN : sign * sexagesimal(digits);
}

function signed(text: string): { readonly sign: number; readonly digits: string } {
  const digits = text.replaceAll('_', '');
  return { sign: digits.startsWith('-') ? -1 : 1, digits: digits.replace(/^[-+]/, '') };
}

/** `1:30` is 90. */
function sexagesimal(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
