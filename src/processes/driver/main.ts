import { nowNs } from '../../platform/clock.ts';
import { runChild, type Role } from '../child-main.ts';
import type { DriverCommand, DriverMessage } from '../protocol.ts';
import { Driver } from './driver.ts';

/** One driver process: generates load and measures what arrives. Forked by the coordinator. */
runChild<DriverCommand, DriverMessage>('driver', () => {
  let driver: Driver | null = null;
  let servers: readonly string[] = [];
  const handle: Role<DriverCommand, DriverMessage>['handle'] = async (command, send, goOn) => {
    if (command.type === 'start') {
      driver = new Driver(command, send);
      return send({ type: 'ready' });
    }
    if (command.type === 'ping') return send({ type: 'pong', id: command.id, ns: nowNs() });
    if (driver === null) throw new Error(`a driver was told to ${command.type} before start`);
    switch (command.type) {
      case 'connect':
        servers = command.servers;
        return driver.connect(servers, command.deadlineMs);
      case 'aim':
        return driver.aim(command.channels);
      case 'follow':
        // A server that does not answer must not keep the next command waiting.
        return void driver.follow(command);
      case 'probe':
        return driver.probe(command);
      case 'warmup':
        return driver.warmup(command.startNs, command.durationNs);
      case 'arm':
        return driver.arm(command);
      case 'measure':
        // Goes on after this returns, so that `halt` can be heard.
        return goOn(driver.measure(servers, command.durationNs));
      case 'halt':
        return driver.halt(command.atNs);
      case 'drain':
        // Goes on after this returns, so that `settle` can be heard.
        return goOn(driver.drain(command));
      case 'settle':
        return driver.settle();
      case 'collect':
        return driver.collect();
    }
  };
  return { handle, end: async () => driver?.stop() };
});
