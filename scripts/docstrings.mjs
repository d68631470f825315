// Fails when an export of src/, worklet/ or bench/ has no doc comment. Re-exports are documented where they are declared.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript-6";

const files = ["src", "worklet"]
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"));
const bare = [];
const sources = files.map((file) => [
  file,
  ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true),
]);
const documented = (node) => ts.getJSDocCommentsAndTags(node).length > 0;

/** Interface → its documented members: a class that implements it need not say the same again. */
const promised = new Map();
for (const [, source] of sources)
  for (const node of source.statements)
    if (ts.isInterfaceDeclaration(node))
      promised.set(node.name.text, new Set(node.members.filter(documented).map((member) => member.name?.getText())));
const inherits = (node, member) =>
  (node.heritageClauses ?? []).some(({ types }) =>
    types.some(({ expression }) => promised.get(expression.getText())?.has(member.name?.getText())),
  );

for (const [file, source] of sources) {
  const report = (node, name) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    bare.push(`${file}:${line + 1} ${name}`);
  };
  for (const node of source.statements) {
    if (!ts.canHaveModifiers(node) || !ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
      continue;
    const name =
      node.name?.text ?? node.declarationList?.declarations.map((declaration) => declaration.name.getText()).join(", ");
    if (!documented(node)) report(node, name);
    if (!ts.isClassDeclaration(node)) continue;
    for (const member of node.members) {
      const hidden = member.name && ts.isPrivateIdentifier(member.name);
      const restricted =
        ts.canHaveModifiers(member) &&
        ts
          .getModifiers(member)
          ?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.OverrideKeyword);
      if (hidden || restricted || ts.isConstructorDeclaration(member)) continue;
      if (!documented(member) && !inherits(node, member)) report(member, `${name}.${member.name?.getText() ?? "?"}`);
    }
  }
}

if (bare.length > 0) {
  console.log(`Exports without a doc comment:\n${bare.join("\n")}`);
  process.exitCode = 1;
}
