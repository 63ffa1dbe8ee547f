import { InvalidMessage, type Message, type MessageValue } from './layer.ts';

/* Messages as JSON, byte for byte as Python's `json.dumps` writes it: `", "` and `": "`, and ASCII alone. */

const SEPARATOR = ', ';

/** Encodes a message as text. Throws InvalidMessage for bytes, and for values that the specification does not have. */
export function encodeJson(message: Message): string {
  if (message === null || typeof message !== 'object' || Array.isArray(message))
    throw new InvalidMessage('a message must be a map with string keys');
  return encodeJsonValue(message);
}

/** Decodes text that holds one map. Throws a SyntaxError or TypeError for anything else. */
export function decodeJson(bytes: Uint8Array): Message {
  const value = decodeJsonValue(bytes);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new TypeError('it is no map');
  return value as Message;
}

/** Decodes text that holds any value. Throws a SyntaxError or TypeError for text that holds none. */
export function decodeJsonValue(bytes: Uint8Array): MessageValue {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as MessageValue;
}

/** Text as a JSON string of ASCII. */
export function encodeText(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, escape);
}

function escape(unit: string): string {
  return unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Any value as text. Throws as `encodeJson`. */
export function encodeJsonValue(value: MessageValue | undefined): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') throw new InvalidMessage(`a message cannot hold a value of type ${typeof value}`);
  if (value instanceof Uint8Array) throw new InvalidMessage('JSON has no bytes; use serializer_format=msgpack');
  if (Array.isArray(value)) return `[${(value as readonly MessageValue[]).map(encodeJsonValue).join(SEPARATOR)}]`;
  const entries = Object.entries(value as Message).map(([key, item]) => `${encodeText(key)}: ${encodeJsonValue(item)}`);
  return `{${entries.join(SEPARATOR)}}`;
}

/** Integers as they are; other numbers as Python's `repr` of a float. */
function encodeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isSafeInteger(value)) return String(value);
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  if (Number.isInteger(value)) return `${value}.0`;
  return power < 0 ? value.toFixed(digits.replace(/\D/g, '').length - 1 - power) : String(value);
}
