import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript-6";

/** A text of the source that a developer reads: where it is, and what it is said with; `…` stands for what is known at run time. */
export interface SourceText {
  /** File and line. */
  at: string;
  /** Class of the error, or `warning`; of a remedy `remedy`. */
  kind: string;
  text: string;
}

/** Errors whose message is the second argument, after a code. */
const coded = new Set(["EchoError", "RealtimeError", "ServiceError"]);

/** Messages and remedies of every error and warning in `folders`, read out of the source's syntax tree. */
export function sourceTexts(folders: readonly string[], without: RegExp): SourceText[] {
  const files = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !without.test(name));
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    const constants = new Map<string, ts.Expression>();
    const found: SourceText[] = [];
    const add = (kind: string, node: ts.Expression | undefined): void => {
      if (!node) return;
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      for (const text of textsOf(node, constants)) found.push({ at: `${file}:${line + 1}`, kind, text });
    };
    const visit = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node) && node.initializer) {
        constants.set(node.name.getText(), node.initializer);
        if (node.name.getText() === "remedies") for (const value of valuesOf(node.initializer)) add("remedy", value);
      }
      if (ts.isNewExpression(node) && /(Error|DOMException)$/.test(node.expression.getText())) {
        const kind = node.expression.getText();
        add(kind, node.arguments?.[coded.has(kind) ? 1 : 0]);
      }
      // Helpers that make a warning of (code, message, remedy).
      if (ts.isCallExpression(node) && node.expression.getText() === "warning") {
        add("warning", node.arguments[1]);
        add("remedy", node.arguments[2]);
      }
      if (ts.isPropertyAssignment(node) && node.name.getText() === "remedy") add("remedy", node.initializer);
      if (ts.isObjectLiteralExpression(node) && has(node, "message") && has(node, "remedy")) {
        const message = node.properties.find((property) => property.name?.getText() === "message");
        if (message && ts.isPropertyAssignment(message)) add("warning", message.initializer);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

const has = (node: ts.ObjectLiteralExpression, name: string): boolean =>
  node.properties.some((property) => property.name?.getText() === name);

function valuesOf(node: ts.Expression): ts.Expression[] {
  const object = ts.isAsExpression(node) ? node.expression : node;
  if (!ts.isObjectLiteralExpression(object)) return [];
  return object.properties.flatMap((property) => (ts.isPropertyAssignment(property) ? [property.initializer] : []));
}

/** The texts that an expression can be; none where only the run tells. */
function textsOf(node: ts.Expression, constants: ReadonlyMap<string, ts.Expression>): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("")];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression, constants);
  if (ts.isConditionalExpression(node))
    return [...textsOf(node.whenTrue, constants), ...textsOf(node.whenFalse, constants)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...textsOf(node.left, constants), ...textsOf(node.right, constants)];
  const constant = ts.isIdentifier(node) ? constants.get(node.text) : undefined;
  return constant && !ts.isArrowFunction(constant) ? textsOf(constant, new Map()) : [];
}
