export function findChromium(): string | undefined;
export function hasDownloadedChromium(): boolean;
