/** More microtasks than the reply to a frame takes if an application awaits a few promises. */
const QUIET_TURNS = 50;

/**
 * Waits until a counter of activity has not changed for a while. Uses microtasks only, so fake timers do not block it.
 *
 * @param count returns the counter, which increases with each activity
 */
export async function waitUntilIdle(count: () => number): Promise<void> {
  for (let quiet = 0, last = count(); quiet < QUIET_TURNS; quiet++) {
    await undefined;
    if (count() === last) continue;
    last = count();
    quiet = 0;
  }
}
