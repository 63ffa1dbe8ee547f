import { Socket, type SocketConnectOpts } from 'node:net';
import { onCommand } from './on-command.ts';

/*
 * Planted by the self-test: once the driver that loads this was told to measure, a connection that it opens goes to the servers in
 * turn, whichever it asked for, as behind an address that they share. The ports are those that it has connected to before.
 */

const ports: number[] = [];
let isWandering = false;
let turn = 0;

const connect = Reflect.get(Socket.prototype, 'connect') as (this: Socket, options: SocketConnectOpts) => Socket;
Socket.prototype.connect = function wander(this: Socket, options: SocketConnectOpts): Socket {
  const port = 'port' in options ? Number(options.port) : NaN;
  if (Number.isNaN(port)) return connect.call(this, options);
  if (!isWandering && !ports.includes(port)) ports.push(port);
  // The first to come back goes to another server than the first one.
  turn += isWandering ? 1 : 0;
  return connect.call(this, isWandering ? { ...options, port: ports[turn % ports.length]! } : options);
} as typeof Socket.prototype.connect;

onCommand('measure', () => {
  isWandering = true;
});
