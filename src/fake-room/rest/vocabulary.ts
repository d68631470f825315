/** Tavus' newer words beside the older ones, which stay as aliases [certain]: PAL for persona, face for replica. */
export const vocabularies = {
  pals: { collection: "pals", id: "pal_id", name: "pal_name", face: "face_id", defaultFace: "default_face_id" },
  personas: {
    collection: "personas",
    id: "persona_id",
    name: "persona_name",
    face: "replica_id",
    defaultFace: "default_replica_id",
  },
} as const;

/** One of the two. */
export type Vocabulary = (typeof vocabularies)[keyof typeof vocabularies];
