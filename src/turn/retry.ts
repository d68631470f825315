/** Pauses before a refused message is tried again, in seconds: five tries in about three seconds. */
const pauses = [0.1, 0.2, 0.4, 0.8, 1.6];

/** Seconds until the next try after `refusals` earlier ones; undefined: there is none. */
export const retryDelay = (refusals: number): number | undefined => pauses[refusals];
