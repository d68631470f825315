/** Which function takes a value, by the name of its class; the first that fits. */
const takers: readonly (readonly [kind: RegExp, taker: string])[] = [
  [/MediaStream/, "mediaStream()"],
  [/^HTML(Audio|Video)/, "mediaElement()"],
  [/Blob|File/, "audioFile()"],
  [/Node$/, "audioNode()"],
  [/Response|Array|Buffer|View|Stream|Promise|Function|Generator/, "pcm()"],
];

/**
 * The end of the message about a wrong argument of the function `own`: what was given, and the function that was meant, where
 * there is one. `ofText`: what is meant by a string.
 */
export function notThis(value: unknown, own: string, ofText: string): string {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  const taker = typeof value === "string" ? ofText : takers.find(([kind]) => kind.test(name))?.[1];
  return `, not ${name}${taker && taker !== own ? `: use ${taker}` : ""}.`;
}
