/** The environment that a process of another language is started with: bench's own, and what it is told beside. */
export function inheritedEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...added };
}
