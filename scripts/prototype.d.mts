/** The facts of the prototype filter that the design is made from. */
export const design: {
  knotsPerSample: number;
  order: number;
  terms: number;
  pass: number;
  stop: number;
  stopWeight: number;
  stopSlope: number;
  scale: number;
};
/** Designs the prototype: the spline's coefficients from the middle outwards, as integers of `1 / design.scale`. */
export function designPrototype(): number[];
/** The text of src/encoder/prototype-table.ts. */
export function prototypeModule(table: readonly number[]): string;
