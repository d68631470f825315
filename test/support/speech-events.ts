/** Tavus' start of speech, as older deployments name it; an envelope of the least that is taken. */
export const started = (id?: string) => ({
  message_type: "conversation",
  event_type: "conversation.replica.started_speaking",
  ...(id !== undefined && { inference_id: id }),
});

/** Its end, after `duration` seconds. */
export const stopped = (id: string | undefined, duration: number | undefined, interrupted = false) => ({
  message_type: "conversation",
  event_type: "conversation.replica.stopped_speaking",
  ...(id !== undefined && { inference_id: id }),
  properties: { ...(duration !== undefined && { duration }), ...(interrupted && { interrupted }) },
});

/** What settles the turn `id` of `seconds` when the replica says it, in more ways than one. */
export const settling = (id: string, seconds: number): object[] => [
  started(id),
  stopped(id, seconds),
  stopped(undefined, seconds),
  stopped(id, seconds, true),
  stopped(id, undefined, true),
];
