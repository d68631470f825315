import { EchoError } from "../errors.js";
import { systemClock } from "./clock.js";

/**
 * What `load` gives, or the EchoError `load-timeout` when it has given nothing within `seconds` (default 20). `what` is the
 * subject of its message. Counted in seconds for which the page ran: an answer that waits behind a blocked main thread is in time.
 * The signal that `load` is given aborts then, so that a request ends.
 */
export async function withinLoadLimit<T>(
  what: string,
  seconds: number | undefined = 20,
  load: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const late = async (): Promise<never> => {
    for (let left = seconds; left > 0; left--) await systemClock.sleep(Math.min(1, left), over.signal);
    throw new EchoError("load-timeout", `${what} did not answer within ${seconds} s.`);
  };
  try {
    return await Promise.race([load(over.signal), late()]);
  } finally {
    over.abort();
  }
}
