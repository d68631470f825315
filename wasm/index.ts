// Placeholder until the encoder lands.
export function version(): i32 { return 1; }
