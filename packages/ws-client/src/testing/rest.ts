/** More turns than a frame needs to be answered through a few promises of the application. */
const QUIET_TURNS = 50;

/**
 * Waits, in microtasks alone, until a count of what goes on has stood still for a while. Fake timers do not hold it up.
 */
export async function rest(count: () => number): Promise<void> {
  for (let quiet = 0, last = count(); quiet < QUIET_TURNS; quiet++) {
    await undefined;
    if (count() === last) continue;
    last = count();
    quiet = 0;
  }
}
