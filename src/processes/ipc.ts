/* The frame of what coordinator and children say to each other over IPC. */

/** A command with its number, which no other command to this child has. */
export interface Numbered<Command> {
  readonly id: number;
  readonly command: Command;
}

export interface Said<Message> {
  /** The number of the command that this answers; null for what is said without being asked. */
  readonly to: number | null;
  readonly message: Message;
}
