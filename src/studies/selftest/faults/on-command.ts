/**
 * Calls `act` when the coordinator gives a command to this process. To listen before the process itself does would take
 * its first commands away.
 */
export function onCommand(type: string, act: () => void): void {
  const listen = (event: string | symbol): void => {
    if (event !== 'message') return;
    process.off('newListener', listen);
    process.nextTick(() => {
      process.on('message', ({ command }: { readonly command: { readonly type: string } }) => {
        if (command.type === type) act();
      });
    });
  };
  process.on('newListener', listen);
}
