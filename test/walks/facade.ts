import type { Replica, Turn } from "tavus-echo";

/** Members of an object that are told otherwise. */
type Otherwise<T> = { readonly [K in keyof T]?: T[K] };

/** `inner` with some members of its own; the rest are the inner's, bound to it. */
export function otherwise<T extends object>(inner: T, members: Otherwise<T>): T {
  return new Proxy(inner, {
    get(target, name) {
      if (name in members) return Reflect.get(members, name, members);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A replica whose turns, each of them always the same one, are told otherwise. */
export function withTurns(inner: Replica, tell: (turn: Turn) => Otherwise<Turn>): Replica {
  const told = new Map<Turn, Turn>();
  const wrap = (turn: Turn): Turn => {
    const known = told.get(turn) ?? otherwise(otherwise(turn, { resume: () => wrap(turn.resume()) }), tell(turn));
    told.set(turn, known);
    return known;
  };
  return otherwise(inner, {
    speak: (source, options) => wrap(inner.speak(source, options)),
    say: (text, options) => wrap(inner.say(text, options)),
    interrupt: () => inner.interrupt().map(wrap),
    on: (type, listener, options) =>
      inner.on(
        type,
        (event) => {
          const turn = (event as { turn?: Turn }).turn;
          listener(turn ? { ...event, turn: wrap(turn) } : event);
        },
        options,
      ),
  });
}
