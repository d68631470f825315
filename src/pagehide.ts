/** Calls `leave` when the page goes for good (not into the back/forward cache), where there is a page. Returns the undo. */
export function onPagehide(leave: () => void): () => void {
  if (typeof window === "undefined") return () => undefined;
  const listener = ({ persisted }: PageTransitionEvent): void => {
    if (!persisted) leave();
  };
  addEventListener("pagehide", listener);
  return () => removeEventListener("pagehide", listener);
}
