import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/**
 * What to put before a command so that the kernel ends it with the process that started it, even when nobody is left to
 * clean up and even while it is frozen. Empty where the system cannot do that: only Linux can.
 */
export const DIES_WITH_PARENT: readonly string[] =
  process.platform === 'linux' && existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL'] : [];
