import { expect, test } from "vitest";
import { advance, type TurnState, type TurnStep, transitions } from "../../../src/turn/state.js";

// Written from the documented course of a turn, not from the table: queued → opening → streaming → sent → speaking → settled.
const expected: [TurnState, TurnStep, TurnState | "impossible"][] = [
  ["queued", "open", "opening"],
  ["queued", "first", "impossible"],
  ["queued", "last", "impossible"],
  ["queued", "heard", "impossible"],
  ["queued", "settle", "settled"],
  ["opening", "open", "impossible"],
  ["opening", "first", "streaming"],
  ["opening", "last", "impossible"],
  ["opening", "heard", "impossible"],
  ["opening", "settle", "settled"],
  ["streaming", "open", "impossible"],
  ["streaming", "first", "impossible"],
  ["streaming", "last", "sent"],
  ["streaming", "heard", "streaming"],
  ["streaming", "settle", "settled"],
  ["sent", "open", "impossible"],
  ["sent", "first", "impossible"],
  ["sent", "last", "impossible"],
  ["sent", "heard", "speaking"],
  ["sent", "settle", "settled"],
  ["speaking", "open", "impossible"],
  ["speaking", "first", "impossible"],
  ["speaking", "last", "impossible"],
  ["speaking", "heard", "speaking"],
  ["speaking", "settle", "settled"],
  ["settled", "open", "impossible"],
  ["settled", "first", "impossible"],
  ["settled", "last", "impossible"],
  ["settled", "heard", "settled"],
  ["settled", "settle", "settled"],
];

test.each(expected)("%s, %s: %s", (state, step, next) => {
  if (next === "impossible") expect(() => advance(state, step)).toThrow(state);
  else expect(advance(state, step)).toBe(next);
});

test("the table has no other state and no other step", () => {
  const pairs = Object.entries(transitions).flatMap(([state, steps]) =>
    Object.keys(steps).map((step) => `${state} ${step}`),
  );
  expect(pairs.sort()).toEqual(expected.map(([state, step]) => `${state} ${step}`).sort());
});
