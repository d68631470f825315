declare module "virtual:call-machine" {
  /** Text of `dist/fake-room-machine.js`, which the build makes first. */
  const source: string;
  export default source;
}
