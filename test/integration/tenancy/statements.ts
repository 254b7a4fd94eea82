/** The statements to the record that the code holds: each `.from(...)` and `.rpc(...)`, and the function in which it stands. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const ROOT = path.resolve(__dirname, '../../..');

export interface Statement {
  /** `file#function table`, as the list of exceptions names it. */
  name: string;
  /** The whole function. */
  text: string;
}

/** @param folders Below the project's root. */
export function statementsOf(folders: readonly string[]): Statement[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .toSorted()
      .flatMap((file) => statementsIn(path.posix.join(folder, file))),
  );
}

function statementsIn(file: string): Statement[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Statement[] = [];
  const visit = (node: ts.Node): void => {
    const target = targetOf(node);
    if (target !== null) {
      const { name, body } = functionAround(node);
      found.push({ name: `${file}#${name} ${target}`, text: body.getText(source) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The table or function that a call names; null: it is no statement. `Array.from` and its like have other receivers. */
function targetOf(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  const { expression, name } = node.expression;
  const isDatabase = ts.isIdentifier(expression) && ['db', 'supabase'].includes(expression.text);
  const [first] = node.arguments;
  if (!isDatabase || !['from', 'rpc'].includes(name.text) || !first) return null;
  return ts.isStringLiteral(first) ? first.text : first.getText();
}

/** The nearest one with a name of its own. */
function functionAround(node: ts.Node): { name: string; body: ts.Node } {
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    if ((ts.isMethodDeclaration(at) || ts.isFunctionDeclaration(at)) && at.name)
      return { name: at.name.getText(), body: at };
    if (!ts.isPropertyAssignment(at) && !ts.isVariableDeclaration(at)) continue;
    if (at.initializer && ts.isArrowFunction(at.initializer)) return { name: at.name.getText(), body: at };
  }
  return { name: '', body: node };
}
