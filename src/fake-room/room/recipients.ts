/** Daily's `to`: `"*"`, a session id, or an array of them; not a user id [certain]. Anything else is for nobody. */
export function isFor(to: unknown, sessionId: string): boolean {
  return to === "*" || to === sessionId || (Array.isArray(to) && to.includes(sessionId));
}
