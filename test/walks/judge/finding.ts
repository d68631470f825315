/** Rules of the judge. Those that fail a walk, and those that are counted apart. */
export const failing = [
  "spoken-unheard",
  "claim",
  "basis",
  "hang",
  "late",
  "twice",
  "order",
  "mixed",
  "outage",
  "cause",
  "runs-on",
  "resume",
  "healthy",
  "silent-failure",
  "unconfirmed",
  "uncaught",
] as const;
export const counted = ["misled", "doubt", "denied", "runs-on-faulty"] as const;

/** Name of a rule. */
export type Rule = (typeof failing)[number] | (typeof counted)[number];

/** What the judge found: one sentence, and the rule that it breaks. */
export interface Finding {
  rule: Rule;
  /** Index of the turn in the walk. */
  turn?: number;
  /** Seconds of the clock. */
  at: number;
  text: string;
}

/** Whether a walk with these findings fails. */
export const fails = (findings: readonly Finding[]): boolean =>
  findings.some(({ rule }) => (failing as readonly string[]).includes(rule));
