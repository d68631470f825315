import type { ReplicaMedia } from "./media/media.js";
import type { Room } from "./room/room.js";

/** What a call machine needs of a room. */
export interface RoomHandle {
  readonly room: Room;
  /** The replica's tracks; made at the first call. Throws where the page cannot make them. */
  media(): ReplicaMedia;
}

interface Registry {
  /** By URL, without query and trailing slash. */
  readonly rooms: Map<string, RoomHandle>;
  /** Opens a room for any other URL: for pages whose app chooses the URL itself. */
  open: ((url: string) => void) | undefined;
}

/** The bundle that daily-js loads is a script of its own: it meets the library's rooms on `globalThis`. */
const key = Symbol.for("tavus-echo.fake-room.1");

/** The page's rooms. */
export function registry(): Registry {
  const holder = globalThis as { [key]?: Registry };
  holder[key] ??= { rooms: new Map(), open: undefined };
  return holder[key];
}

/** The room at this URL. */
export function roomAt(url: string): RoomHandle | undefined {
  const { rooms, open } = registry();
  const plain = url.replace(/[?#].*$/, "").replace(/\/$/, "");
  if (!rooms.has(plain)) open?.(plain);
  return rooms.get(plain);
}
