/** The replica's tracks; undefined where the browser cannot make one. */
export interface ReplicaMedia {
  readonly audio: MediaStreamTrack | undefined;
  readonly video: MediaStreamTrack | undefined;
}
