/** What a turn is doing. Each state can be skipped forward, none is entered twice. */
export type TurnState = "queued" | "opening" | "streaming" | "sent" | "speaking" | "settled";

/**
 * What happens to a turn: its time has come (`open`), its first message left (`first`), its last message left (`last`),
 * the replica is heard saying it (`heard`), its outcome is decided (`settle`).
 */
export type TurnStep = "open" | "first" | "last" | "heard" | "settle";

const impossible = { open: undefined, first: undefined, last: undefined, heard: undefined };

/**
 * Every state and step. A state that maps to itself: the step is a fact that changes nothing there (the replica is heard
 * while messages still leave, or is reported twice, or after the end). undefined: the step is impossible there.
 */
export const transitions: Record<TurnState, Record<TurnStep, TurnState | undefined>> = {
  queued: { ...impossible, open: "opening", settle: "settled" },
  opening: { ...impossible, first: "streaming", settle: "settled" },
  streaming: { ...impossible, last: "sent", heard: "streaming", settle: "settled" },
  sent: { ...impossible, heard: "speaking", settle: "settled" },
  speaking: { ...impossible, heard: "speaking", settle: "settled" },
  settled: { ...impossible, heard: "settled", settle: "settled" },
};

/** The state after `step`. Throws where the table says that it cannot happen: that is a defect of the caller. */
export function advance(state: TurnState, step: TurnStep): TurnState {
  const next = transitions[state][step];
  if (!next) throw new Error(`A turn that is ${state} cannot take the step "${step}".`);
  return next;
}
