import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Message, MessageValue } from '../../src/layers/layer.ts';

export const PYTHON = '/usr/bin/python3';
export const PACKAGES: string = join(import.meta.dirname, '../../.python/root/usr/lib/python3/dist-packages');

/** An error of the Python side: its class name, such as `ChannelFull`. */
export class PythonError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** A process of Django Channels with one channel layer. */
export class PythonPeer implements AsyncDisposable {
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  private stderr = '';

  private constructor() {
    this.process = spawn(PYTHON, [join(import.meta.dirname, 'peer.py')], {
      env: { PYTHONPATH: PACKAGES },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    createInterface(this.process.stdout!).on('line', (line) => this.answered(line));
    this.process.on('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error(`the Python peer has ended: ${this.stderr.slice(-2000)}`));
    });
    this.process.on('error', (error) => {
      for (const { reject } of this.waiting.values()) reject(error);
    });
  }

  static async open(backend: 'core' | 'pubsub', config: Readonly<Record<string, unknown>>): Promise<PythonPeer> {
    const peer = new PythonPeer();
    await peer.call('open', backend, config);
    return peer;
  }

  newChannel(): Promise<string> {
    return this.call('new_channel');
  }
  send(channel: string, message: Message): Promise<void> {
    return this.call('send', channel, tag(message));
  }
  /** Messages with n from 0 on. */
  sendMany(channel: string, count: number): Promise<void> {
    return this.call('send_many', channel, count);
  }
  async receive(channel: string, timeoutSeconds = 30): Promise<Message> {
    return untag(await this.call('receive', channel, timeoutSeconds)) as Message;
  }
  receiveMany(channel: string, count: number): Promise<readonly number[]> {
    return this.call('receive_many', channel, count);
  }
  groupAdd(group: string, channel: string): Promise<void> {
    return this.call('group_add', group, channel);
  }
  groupDiscard(group: string, channel: string): Promise<void> {
    return this.call('group_discard', group, channel);
  }
  groupSend(group: string, message: Message): Promise<void> {
    return this.call('group_send', group, tag(message));
  }
  /** A message as the layer would store it, prefix included. */
  async serialize(message: Message): Promise<Buffer> {
    return Buffer.from(await this.call<string>('serialize', tag(message)), 'base64');
  }
  jsonDumps(message: Message): Promise<string> {
    return this.call('json_dumps', tag(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  private call<T>(op: string, ...args: readonly unknown[]): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.process.stdin!.write(`${JSON.stringify({ id, op, args })}\n`);
    });
  }

  private answered(line: string): void {
    const reply = JSON.parse(line) as { id: number; result?: unknown; error?: string; message?: string };
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.error === undefined) waiting?.resolve(reply.result as never);
    else waiting?.reject(new PythonError(reply.error, reply.message ?? ''));
  }
}

type Tagged =
  | null
  | boolean
  | string
  | { readonly int: string }
  | { readonly float: string }
  | { readonly bytes: string }
  | { readonly list: readonly Tagged[] }
  | { readonly map: readonly (readonly [string, Tagged])[] };

function tag(value: MessageValue): Tagged {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return { int: value.toString() };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? { int: String(value) } : { float: hexFloat(value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { list: (value as readonly MessageValue[]).map(tag) };
  return { map: Object.entries(value as Message).map(([key, item]) => [key, tag(item)] as const) };
}

/** Integers beyond those of a double are bigint, as the layers give them. */
function untag(value: Tagged): MessageValue {
  if (value === null || typeof value !== 'object') return value;
  if ('int' in value) return Number.isSafeInteger(Number(value.int)) ? Number(value.int) : BigInt(value.int);
  if ('float' in value) return parseHexFloat(value.float);
  if ('bytes' in value) return new Uint8Array(Buffer.from(value.bytes, 'base64'));
  if ('list' in value) return value.list.map(untag);
  return Object.fromEntries(value.map.map(([key, item]) => [key, untag(item)]));
}

/** A double in the exact form of Python's `float.fromhex`. */
function hexFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & 0xf_ffff_ffff_ffffn).toString(16).padStart(13, '0');
  const sign = bits >> 63n === 1n ? '-' : '';
  return exponent === 0 ? `${sign}0x0.${fraction}p-1022` : `${sign}0x1.${fraction}p${exponent - 1023}`;
}

function parseHexFloat(text: string): number {
  if (text === 'nan') return NaN;
  if (text.endsWith('inf')) return text.startsWith('-') ? -Infinity : Infinity;
  const [, sign, whole, fraction, exponent] = /^(-?)0x([01])\.([\da-f]+)p([+-]?\d+)$/.exec(text)!;
  const mantissa = Number(BigInt(`0x${whole}${fraction!.padEnd(13, '0')}`));
  const power = Number(exponent) - 52;
  // In two steps: 2 ** -1074 is the least double, and the mantissa may need a smaller factor.
  const half = Math.trunc(power / 2);
  return (sign === '-' ? -1 : 1) * mantissa * 2 ** half * 2 ** (power - half);
}
