import net from 'node:net';
import { syncBuiltinESMExports } from 'node:module';
import { onCommand } from './on-command.ts';

/*
 * Planted by the self-test: once the driver that loads this was told to measure, a connection that it opens goes to the servers in
 * turn, whichever it asked for, as behind an address that they share. The ports are those that it has connected to before.
 */

const ports: number[] = [];
let isWandering = false;
let turn = 0;

const { connect } = net;
net.connect = ((options: net.TcpNetConnectOpts, ...rest: readonly []) => {
  const port = Number(options.port);
  if (!isWandering && !ports.includes(port)) ports.push(port);
  // The first to come back goes to another server than the first one.
  turn += isWandering ? 1 : 0;
  return connect(isWandering ? { ...options, port: ports[turn % ports.length]! } : options, ...rest);
}) as typeof net.connect;
syncBuiltinESMExports();

onCommand('measure', () => {
  isWandering = true;
});
