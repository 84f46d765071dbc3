// Names what is exported and used nowhere: dead code, or an export that need not be one.
// A type may be exported for a signature of its own file; a value may not.
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Which part is looked at: the program, or with web/tsconfig.json the page. */
const [project = 'tsconfig.json'] = process.argv.slice(2)
const config = ts.getParsedCommandLineOfConfigFile(
  `${root}/${project}`,
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: console.error },
)
if (!config) process.exit(1)

const program = ts.createProgram(config.fileNames, config.options)
const checker = program.getTypeChecker()

/** Documents of the HTTP API are for the web page and other clients too, whether or not the program itself names them. */
const isContract = (file) => relative(root, file).startsWith('src/api/contract/')

const isTest = (file) => /\.(test|contract)\.ts$/.test(file) || !/^(web[\\/])?src/.test(relative(root, file))

/** Exported declarations of a file, by the node of their name. */
const exportsOf = (source) =>
  source.statements.flatMap((statement) => {
    if (!statement.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return []
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name)
    return statement.name ? [statement.name] : []
  })

const isType = (name) => ts.isInterfaceDeclaration(name.parent) || ts.isTypeAliasDeclaration(name.parent)

const sources = config.fileNames.map((file) => program.getSourceFile(file))
const looked = sources.filter(({ fileName }) => !isTest(fileName) && !isContract(fileName))
const names = new Map(looked.map((source) => [source, exportsOf(source)]))
const texts = new Set([...names.values()].flat().map((name) => name.text))

/** The symbol that a name stands for; in `const { name } = await import(…)` that of the module. */
const symbolOf = (node) => {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return checker.getShorthandAssignmentValueSymbol(parent)
  if (ts.isBindingElement(parent) && parent.initializer !== node)
    return checker.getTypeAtLocation(parent.parent).getProperty(node.text)
  return checker.getSymbolAtLocation(node)
}

/** What a name means where it is declared, through every import and export that hands it on. */
const meaningOf = (node) => {
  const symbol = symbolOf(node)
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** Whether a name hands on or takes in what it names, and does not use it. */
const isPassage = ({ parent }) => ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)

/** The files that use what is exported, by what its name means. */
const users = new Map()
const gather = (node, file) => {
  if (ts.isIdentifier(node) && texts.has(node.text)) {
    const meaning = meaningOf(node)
    if (meaning !== undefined) {
      const found = users.get(meaning) ?? new Set()
      const isOwn = meaning.declarations?.some((declaration) => declaration.name === node)
      if (!isOwn && !isPassage(node)) users.set(meaning, found.add(file))
    }
  }
  ts.forEachChild(node, (child) => gather(child, file))
}
for (const source of sources) gather(source, source.fileName)

/** Whether `name` of `file` is used in another file, and not by tests alone. */
const isUsed = (file, name) => {
  const files = [...(users.get(checker.getSymbolAtLocation(name)) ?? [])]
  const isShared = isType(name) || files.some((user) => user !== file)
  return isShared && files.some((user) => !isTest(user))
}

const unused = [...names].flatMap(([{ fileName }, exported]) =>
  exported
    .filter((name) => !isUsed(fileName, name))
    .map((name) => `${relative(root, fileName)}: ${name.getText()}`),
)

for (const line of unused) console.error(line)
console.log(unused.length === 0 ? 'Every export is used.' : `${unused.length} exports are used nowhere.`)
process.exit(unused.length === 0 ? 0 : 1)
