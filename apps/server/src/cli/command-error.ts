/** Invalid arguments of a command. The message states the expected ones. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Returns the error for arguments that `parseArgs` rejects. */
export function invalidArguments(error: unknown): CommandError {
  return new CommandError(`${(error as Error).message.replace(/\.? To specify .*$/, "")}. See --help.`);
}
