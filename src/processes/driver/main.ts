import { nowNs } from '../../platform/clock.ts';
import { runChild, type Role } from '../child-main.ts';
import type { DriverCommand, DriverMessage } from '../protocol.ts';
import { Driver } from './driver.ts';

/** One driver process: generates load and measures what arrives. Forked by the coordinator. */
runChild<DriverCommand, DriverMessage>('driver', (_, tell) => {
  let driver: Driver | null = null;
  let servers: readonly string[] = [];
  const handle: Role<DriverCommand, DriverMessage>['handle'] = async (command, answer, goOn) => {
    if (command.type === 'start') {
      driver = new Driver(command, tell);
      return answer({ type: 'ready' });
    }
    if (command.type === 'ping') return answer({ type: 'pong', ns: nowNs() });
    if (driver === null) throw new Error(`a driver was told to ${command.type} before start`);
    switch (command.type) {
      case 'connect':
        servers = command.servers;
        return answer(await driver.connect(servers, command.deadlineMs));
      case 'aim':
        await driver.aim(command.channels);
        return answer({ type: 'aimed' });
      case 'follow':
        // A server that does not answer must not keep the next command waiting.
        return void driver.follow(command);
      case 'probe':
        return answer(await driver.probe(command));
      case 'warmup':
        await driver.warmup(command.startNs, command.durationNs);
        return answer({ type: 'warmedUp' });
      case 'renew':
        return answer(await driver.renew(command));
      case 'arm':
        await driver.arm(command);
        return answer({ type: 'armed' });
      case 'measure':
        // Goes on after this returns, so that `halt` can be heard.
        return goOn(driver.measure(servers, command.durationNs).then(answer));
      case 'halt':
        return driver.halt(command.atNs);
      case 'drain':
        // Goes on after this returns, so that `endDrain` can be heard.
        return goOn(driver.drain(command).then(answer));
      case 'endDrain':
        return driver.endDrain();
      case 'tally':
        return answer(driver.tally());
      case 'glance':
        return answer({ type: 'report', report: driver.glance(command.attempted) });
      case 'collect':
        return answer({ type: 'report', report: driver.report() });
    }
  };
  return { handle, end: async () => driver?.stop() };
});
