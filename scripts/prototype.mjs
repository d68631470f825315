// Designs the prototype filter of the encoder and writes src/encoder/prototype-table.ts: `node scripts/prototype.mjs`.
// A test runs the design again and compares.
//
// The impulse response is a series of B-splines, h(t) = sum of c[|j|] B(2t - j), so that it is a closed formula at every
// t. Its frequency response is a cosine series times the spline's own response. The cosine series is the Chebyshev
// optimum of T. W. Parks and J. H. McClellan, "Chebyshev approximation for nonrecursive digital filters with linear
// phase", IEEE Trans. Circuit Theory 19 (1972), found with Remez' exchange in barycentric form; desired response and
// weight are divided and multiplied by the spline's response, so that the optimum holds for the product.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** Frequencies in cycles per sample of the lower rate: 0.5 is the lower Nyquist frequency. */
export const design = {
  /** Knots of the spline per sample of the lower rate: the fewest that leave room between passband and its first image. */
  knotsPerSample: 2,
  /** Order of the B-spline (degree 9). Its response puts the images of the passband below -104 dB. */
  order: 10,
  /** Cosine terms after the constant: the response reaches (terms + order / 2) / knotsPerSample = 51.5 samples each way. */
  terms: 98,
  /** End of the passband: 0.92 of Nyquist. */
  pass: 0.46,
  /** Start of the stopband: Nyquist, so that nothing aliases. */
  stop: 0.5,
  /** Weight of the stopband's edge over that of the passband: ripple of 0.0485 dB against 96.5 dB. */
  stopWeight: 380,
  /** The weight rises with frequency to this power: at a fractional ratio the images of all phases add up. */
  stopSlope: 3.5,
  /** Coefficients are whole multiples of 1 / scale: the fewest digits that cost the stopband nothing. */
  scale: 2 ** 20,
};

/** Response of the B-spline at `w` radians per knot. */
const splineResponse = (w) => (w === 0 ? 1 : Math.sin(w / 2) / (w / 2)) ** design.order;

export function designPrototype() {
  const radians = (frequency) => (2 * Math.PI * frequency) / design.knotsPerSample;
  const pass = radians(design.pass);
  const stop = radians(design.stop);
  const series = remez(
    design.terms + 1,
    [
      { from: 0, to: pass, desired: (w) => 1 / splineResponse(w), weight: splineResponse },
      {
        from: stop,
        to: Math.PI,
        desired: () => 0,
        weight: (w) => design.stopWeight * (w / stop) ** design.stopSlope * splineResponse(w),
      },
    ],
    16,
  );
  return series.map((value) => Math.round(value * design.knotsPerSample * design.scale));
}

/** The `terms` coefficients c of c[0] + 2 sum c[j] cos(jw) with the least weighted error over the bands. */
function remez(terms, bands, density) {
  const width = bands.reduce((sum, { from, to }) => sum + to - from, 0);
  const grid = bands.flatMap(({ from, to, desired, weight }) => {
    const count = Math.ceil((terms * density * (to - from)) / width);
    return Array.from({ length: count + 1 }, (_, i) => {
      const w = from + ((to - from) * i) / count;
      return { x: Math.cos(w), desired: desired(w), weight: weight(w), edge: i === 0 || i === count };
    });
  });
  const count = terms + 1;
  let extremes = Array.from({ length: count }, (_, i) => Math.round((i * (grid.length - 1)) / (count - 1)));
  for (let round = 0; round < 50; round++) {
    const { polynomial, delta } = alternating(extremes.map((i) => grid[i]));
    const error = grid.map(({ x, desired, weight }) => weight * (desired - polynomial(x)));
    const next = exchange(error, grid, count);
    const worst = Math.max(...next.map((i) => Math.abs(error[i])));
    if (worst - Math.abs(delta) < 1e-7 * Math.abs(delta)) return cosineSeries(polynomial, terms);
    extremes = next;
  }
  throw new Error("Remez' exchange did not converge.");
}

/** The polynomial whose weighted error at the points alternates with equal size `delta`. */
function alternating(points) {
  const nodes = points.map(({ x }) => x);
  const barycentric = barycentricWeights(nodes);
  let numerator = 0;
  let denominator = 0;
  points.forEach(({ desired, weight }, i) => {
    numerator += barycentric[i] * desired;
    denominator += ((i % 2 ? -1 : 1) * barycentric[i]) / weight;
  });
  const delta = numerator / denominator;
  const values = points.map(({ desired, weight }, i) => desired - ((i % 2 ? -1 : 1) * delta) / weight);
  nodes.pop();
  const weights = barycentricWeights(nodes);
  const polynomial = (x) => {
    let top = 0;
    let bottom = 0;
    for (let i = 0; i < nodes.length; i++) {
      const distance = x - nodes[i];
      if (Math.abs(distance) < 1e-15) return values[i];
      top += (weights[i] / distance) * values[i];
      bottom += weights[i] / distance;
    }
    return top / bottom;
  };
  return { polynomial, delta };
}

/** Differences are doubled (the interval's capacity is 1/2), so that the products of hundreds stay in range. */
const barycentricWeights = (nodes) =>
  nodes.map(
    (node, i) => 1 / nodes.reduce((product, other, j) => (i === j ? product : product * 2 * (node - other)), 1),
  );

/** The `count` alternating extremes of the error. */
function exchange(error, grid, count) {
  const size = (i) => Math.abs(error[i]);
  const found = [];
  for (let i = 0; i < error.length; i++) {
    const rival = (j) => (error[i] * error[j] > 0 ? size(j) : 0);
    const left = i === 0 || (grid[i].edge && grid[i - 1].edge) ? -Infinity : rival(i - 1);
    const right = i === error.length - 1 || (grid[i].edge && grid[i + 1].edge) ? -Infinity : rival(i + 1);
    if (size(i) < left || size(i) <= right) continue;
    const last = found.at(-1);
    if (last === undefined || error[last] * error[i] < 0) found.push(i);
    else if (size(i) > size(last)) found[found.length - 1] = i;
  }
  while (found.length > count) {
    const smallest = found.reduce((least, i, at) => (size(i) < size(found[least]) ? at : least), 0);
    if (found.length === count + 1) size(found[0]) < size(found.at(-1)) ? found.shift() : found.pop();
    else if (smallest === 0) found.shift();
    else if (smallest === found.length - 1) found.pop();
    else found.splice(size(found[smallest - 1]) < size(found[smallest + 1]) ? smallest - 1 : smallest, 2);
  }
  if (found.length < count) throw new Error(`Only ${found.length} of ${count} extremes were found.`);
  return found;
}

/** The cosine series through the polynomial's values at equal angles (a discrete cosine transform). */
function cosineSeries(polynomial, terms) {
  const points = 2 * terms - 1;
  const values = Array.from({ length: points }, (_, i) => polynomial(Math.cos((2 * Math.PI * i) / points)));
  return Array.from(
    { length: terms },
    (_, k) => values.reduce((sum, value, i) => sum + value * Math.cos((2 * Math.PI * i * k) / points), 0) / points,
  );
}

export function prototypeModule(table) {
  const lines = [];
  let line = " ";
  for (const value of table) {
    if (line.length + String(value).length + 2 > 120) {
      lines.push(line);
      line = " ";
    }
    line += ` ${value},`;
  }
  lines.push(line);
  return `// Written by scripts/prototype.mjs, where the design is. Do not edit.

/** Knots of the spline per sample of the lower rate. */
export const KNOTS_PER_SAMPLE = ${design.knotsPerSample};

/** The spline's coefficients from the middle outwards, in units of 2^-${Math.log2(design.scale)}. */
// biome-ignore format: a table
export const TABLE: readonly number[] = [
${lines.join("\n")}
];

/** One over the unit of the table. */
export const TABLE_SCALE = 2 ** ${Math.log2(design.scale)};
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  writeFileSync(new URL("../src/encoder/prototype-table.ts", import.meta.url), prototypeModule(designPrototype()));
