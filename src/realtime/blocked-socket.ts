/**
 * Watches for the page's Content-Security-Policy to block a socket. Chromium fires no `close` for such a socket, and
 * only `securitypolicyviolation` names the directive (CSP 3, 5.3).
 * @param url - The socket's address.
 * @param onBlocked - Called with the directive.
 * @returns The undo.
 */
export function watchPolicy(url: string, onBlocked: (directive: string) => void): () => void {
  const { document } = globalThis as { document?: Document };
  if (typeof document?.addEventListener !== "function") return () => {};
  const { origin, host, protocol } = new URL(url);
  const listener = ({
    disposition,
    blockedURI,
    effectiveDirective,
    violatedDirective,
  }: SecurityPolicyViolationEvent) => {
    const directive = effectiveDirective || violatedDirective;
    // The address may be cut to its origin or to its scheme.
    const ours = blockedURI.includes(host) || blockedURI === origin || `${blockedURI}:` === protocol;
    if (disposition !== "report" && ours && /^(connect|default)-src/.test(directive)) onBlocked(directive);
  };
  document.addEventListener("securitypolicyviolation", listener);
  return () => document.removeEventListener("securitypolicyviolation", listener);
}
