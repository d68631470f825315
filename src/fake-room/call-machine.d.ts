declare module "virtual:call-machine" {
  /** Text of `dist/fake-room-machine.js`, which the build makes first. */
  const source: string;
  // biome-ignore lint/style/noDefaultExport: the text of a carried file is a module's default export.
  export default source;
}
