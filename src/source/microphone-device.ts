/** What can happen to a device while it is open. */
export interface DeviceEvents {
  /** Unplugged, taken away, or its permission was. */
  lost(): void;
  /** Another device has become the system's default. */
  replaced(): void;
  /** It gives silence until it is unmuted. */
  muted(): void;
}

/** Watches the device behind `track` until `signal` aborts; `followDefault`: also for another default device. */
export function watchDevice(
  track: MediaStreamTrack,
  followDefault: boolean,
  signal: AbortSignal,
  events: DeviceEvents,
): void {
  // Not fired for our own track.stop().
  track.addEventListener("ended", () => events.lost(), { signal });
  track.addEventListener("mute", () => events.muted(), { signal });
  if (!followDefault) return;
  const look = async (): Promise<void> => {
    const group = await defaultGroup();
    if (signal.aborted || group === undefined || track.readyState === "ended") return;
    const { groupId } = track.getSettings();
    if (groupId && groupId !== group) events.replaced();
  };
  navigator.mediaDevices.addEventListener("devicechange", () => void look(), { signal });
}

/**
 * The group of the default microphone. Chromium lists it a second time under the id "default"; other browsers do not tell,
 * and there a device is followed only when it is lost.
 */
async function defaultGroup(): Promise<string | undefined> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.find(({ kind, deviceId }) => kind === "audioinput" && deviceId === "default")?.groupId;
}
