import { Command } from 'commander';

/** A command that reads a part of a command line on its own; its errors are thrown, as those of the whole one are. */
export function innerCommand(name: string): Command {
  return new Command(name)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeErr: () => undefined });
}
