// The oldest browsers that have what the library calls by itself: the compiler finds every built-in and all syntax that the
// modules of a page and the worklet use, and MDN's tables tell since when there is each. `--json` prints all of it as data.
import { relative } from "node:path";
import bcd from "@mdn/browser-compat-data" with { type: "json" };
import ts from "typescript-6";

const browsers = ["chrome", "edge", "firefox", "safari", "safari_ios"];
const programs = [
  ["src/tsconfig.json", ["src/index.ts", "src/encoder/index.ts", "src/realtime/index.ts"]],
  ["worklet/tsconfig.json", ["worklet/processor.ts"]],
];

/** What is used where it is there, with what takes its place where it is not. It raises no minimum. */
const optional = {
  "api.reportError": "an uncaught error in a task of its own",
  "javascript.builtins.Symbol.asyncDispose": "a symbol of the library's own",
  "html.elements.link.rel.modulepreload": "a second's wait before a blocked worklet is told",
  "api.OverconstrainedError.constraint": "an error that does not name the constraint",
  "api.Navigator.userActivation": "muting counts as the user's own choice",
  "api.UserActivation.hasBeenActive": "muting counts as the user's own choice",
  "api.HTMLVideoElement.playsInline": "a property without effect: other browsers play within the page anyway",
};

/** What is used without a name in the source, with where. */
const unnamed = {
  "webassembly.fixed-width-SIMD": "asconfig.json",
  "http.headers.Content-Security-Policy.script-src.wasm-unsafe-eval": "docs/hosting.md",
  "html.elements.link.rel.modulepreload": "src/capture/module.ts",
};

const { SyntaxKind } = ts;
const syntax = new Map([
  [SyntaxKind.ClassStaticBlockDeclaration, "javascript.classes.static.initialization_blocks"],
  [SyntaxKind.BigIntLiteral, "javascript.builtins.BigInt"],
  [SyntaxKind.QuestionDotToken, "javascript.operators.optional_chaining"],
  [SyntaxKind.QuestionQuestionToken, "javascript.operators.nullish_coalescing"],
  [SyntaxKind.QuestionQuestionEqualsToken, "javascript.operators.nullish_coalescing_assignment"],
  [SyntaxKind.BarBarEqualsToken, "javascript.operators.logical_or_assignment"],
  [SyntaxKind.AmpersandAmpersandEqualsToken, "javascript.operators.logical_and_assignment"],
  [SyntaxKind.ImportKeyword, "javascript.operators.import"],
  [SyntaxKind.MetaProperty, "javascript.operators.import_meta"],
  [SyntaxKind.AwaitKeyword, "javascript.operators.await"],
]);

/** The compiler's names for what the tables call otherwise. */
const renamed = {
  ...{ CallableFunction: "Function", ChildNode: "Element", PromiseLike: "Promise" },
  DisplayNames: "Intl.DisplayNames",
};
const plain = (name) => renamed[name] ?? name.replace(/^Readonly(?=Array|Map|Set)|Constructor$/g, "");
const typedArray = /^(Big)?(Ui|I)nt\d+Array$|^Uint8ClampedArray$|^Float\d+Array$/;

/** Fields and places that the tables do not list by themselves: they came with what has them. */
const unlisted =
  /^(ArrayBufferView|ArrayIterator|ArrayLike|AsyncIterator|GlobalEventHandlers|ImportMeta|Iterator\w+Result|MediaTrack\w+|PromiseRejectedResult|globalThis)\.|^HTMLMediaElement\.(HAVE|NETWORK)_[A-Z_]+$|^Object\.prototype$/;

/** Path → where it is used. What the tables have under no name that we know is in `unknown`. */
const uses = new Map(Object.entries(unnamed).map(([path, place]) => [path, new Set([place])]));
const unknown = new Map();
const entry = (path) => path.split(".").reduce((node, key) => node?.[key], bcd)?.__compat;

/** Notes the first of `paths` that the tables have. */
function note(paths, node) {
  const path = paths.find(entry);
  // Every interface has one.
  if (!path && paths[0].endsWith(".prototype")) return;
  if (!path && unlisted.test(paths[0].replace("api.", ""))) return;
  const file = node.getSourceFile();
  const place = `${relative("", file.fileName)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  const key = path ?? paths[0];
  const found = path ? uses : unknown;
  if (!found.has(key)) found.set(key, new Set());
  found.get(key).add(place);
}

/** Every path that member `name` of the interface `owner` may have. */
function places(owner, name) {
  const type = plain(owner);
  const forms = [name, `${name}_static`, `${name.replace(/^on/, "")}_event`, name === type ? "" : undefined];
  return forms
    .filter((form) => form !== undefined)
    .flatMap((form) => [
      ...["api.", "javascript.builtins.", "webassembly.api."].map((table) => `${table}${type}.${form}`),
      ...(type === "WebAssembly" ? [`webassembly.api.${form}`] : []),
      ...(typedArray.test(type) ? [`javascript.builtins.TypedArray.${form}`] : []),
    ]);
}

function scan(program) {
  const checker = program.getTypeChecker();
  const builtIn = (declaration) =>
    /typescript-6\/lib\/lib\.|@types\/audioworklet/.test(declaration.getSourceFile().fileName);
  const declared = (symbol) => symbol?.declarations?.find(builtIn);
  const parts = (type) => (type.isUnion() ? type.types : [type]).map((part) => checker.getApparentType(part));
  const bases = (type) => [type, ...(type.isClassOrInterface() ? checker.getBaseTypes(type).flatMap(bases) : [])];
  const ownersOf = (node) =>
    parts(checker.getNonNullableType(checker.getTypeAtLocation(node)))
      .flatMap((type) => bases(type.target ?? type))
      .flatMap(({ symbol }) => (symbol && !symbol.name.startsWith("__") ? [symbol.name] : []));

  /** `{ signal }` in the argument of a call: the tables list options under what takes them. */
  const option = (node) => {
    const literal = node.parent.parent;
    if (!ts.isObjectLiteralExpression(literal)) return;
    const type = checker.getContextualType(literal);
    const known = type && parts(type).some((part) => declared(checker.getPropertyOfType(part, node.text)));
    let call = literal.parent;
    while (ts.isConditionalExpression(call)) call = call.parent;
    if (!known || !(ts.isCallExpression(call) || ts.isNewExpression(call))) return;
    const { expression } = call;
    const method = ts.isPropertyAccessExpression(expression);
    const name = expression.getText().replace(/^super$/, "Error");
    const owners = method ? [...ownersOf(expression.expression), "EventTarget"] : [name];
    const parameter = `options_${node.text}_parameter`;
    const path = owners
      .map((owner) => `${owner}.${method ? expression.name.text : owner}`)
      .flatMap((taker) => [`${taker}.options_parameter.${parameter}`, `${taker}.${parameter}`])
      .flatMap((path) => [`api.${path}`, `javascript.builtins.${path}`])
      .find(entry);
    if (path) note([path], node);
  };

  const member = (node, parent) => {
    const name = (parent.propertyName ?? node).text;
    const declaration = declared(checker.getSymbolAtLocation(node));
    const { parent: home } = declaration;
    const container =
      home.name?.text ?? (home.parent && ts.isVariableDeclaration(home.parent) ? home.parent.name.text : undefined);
    const owners = [...ownersOf(ts.isPropertyAccessExpression(parent) ? parent.expression : parent.parent), container];
    if (ts.isPropertyAccessExpression(parent)) owners.push(parent.expression.getText());
    note(
      owners.filter(Boolean).flatMap((owner) => places(owner, name)),
      node,
    );
  };

  const visit = (node) => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return;
    const { parent } = node;
    if (syntax.has(node.kind)) note([syntax.get(node.kind)], node);
    if (ts.isForOfStatement(node) && node.awaitModifier) note(["javascript.statements.for_await_of"], node);
    if (ts.isPrivateIdentifier(node)) {
      const form =
        ts.isMethodDeclaration(parent) || ts.isAccessor(parent) ? "private_class_methods" : "private_class_fields";
      note([`javascript.classes.${ts.isBinaryExpression(parent) ? "private_class_fields_in" : form}`], node);
    }
    if (ts.isPropertyDeclaration(node))
      note([`javascript.classes.${ts.hasStaticModifier(node) ? "static.class_fields" : "public_class_fields"}`], node);
    if (ts.isIdentifier(node)) {
      const inLiteral = ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent);
      if (inLiteral && parent.name === node) option(node);
      const isMember = (ts.isPropertyAccessExpression(parent) && parent.name === node) || ts.isBindingElement(parent);
      if (declared(checker.getSymbolAtLocation(node)))
        if (isMember) member(node, parent);
        else if (!(inLiteral && parent.name === node))
          note(
            [...places("Window", node.text), `api.${node.text}`, `javascript.builtins.${node.text}`, `webassembly.api`],
            node,
          );
    }
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles())
    if (!file.isDeclarationFile && !file.fileName.includes("node_modules")) visit(file);
}

for (const [config, roots] of programs) {
  const { config: text } = ts.readConfigFile(config, ts.sys.readFile);
  scan(ts.createProgram(roots, ts.parseJsonConfigFileContent(text, ts.sys, config.split("/")[0]).options));
}

/** The first version that has it, if only in part; without a flag and under its own name. Infinity: none. */
function since(path, browser) {
  const versions = [entry(path).support[browser]]
    .flat()
    .filter((support) => support && !support.flags && !support.prefix && !support.alternative_name)
    .map(({ version_added }) => Number.parseFloat(String(version_added).replace("≤", "")));
  return Math.min(...versions.filter((version) => !Number.isNaN(version)));
}

const required = [...uses.keys()].filter((path) => !(path in optional));
const needs = Object.fromEntries(
  browsers.map((browser) => {
    const version = Math.max(...required.map((path) => since(path, browser)));
    return [browser, { version, because: required.filter((path) => since(path, browser) === version) }];
  }),
);
const source = `@mdn/browser-compat-data ${bcd.__meta.version}`;

if (process.argv.includes("--json")) {
  const places = (map) => Object.fromEntries([...map].map(([path, found]) => [path, [...found]]));
  console.log(JSON.stringify({ source, needs, optional, uses: places(uses), unknown: places(unknown) }));
} else {
  console.log(`${source}: ${uses.size} features are used. The youngest of each browser:`);
  for (const browser of browsers)
    for (const path of required.toSorted((a, b) => since(b, browser) - since(a, browser)).slice(0, 5))
      console.log(
        `${browser.padEnd(11)} ${String(since(path, browser)).padStart(6)}  ${path} (${[...uses.get(path)][0]})`,
      );
  for (const [path, instead] of Object.entries(optional))
    console.log(
      `not needed: ${path}, ${browsers.map((browser) => `${browser} ${since(path, browser)}`).join(", ")}: ${instead}`,
    );
  for (const [path, found] of unknown) console.log(`NOT IN THE TABLES: ${path} (${[...found].join(", ")})`);
}
