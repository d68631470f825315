declare module "virtual:call-machine" {
  /** Text of `dist/fake-room-machine.js`, which the build makes first. */
  const source: string;
  export default source;
}

declare module "virtual:fake-room-page" {
  /** Text of `dist/fake-room-page.js`, which the build makes first. */
  const source: string;
  export default source;
}
