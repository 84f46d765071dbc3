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

const service = ts.createLanguageService({
  getScriptFileNames: () => config.fileNames,
  getScriptVersion: () => '1',
  getScriptSnapshot: (file) => {
    const text = ts.sys.readFile(file)
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
  },
  getCurrentDirectory: () => root,
  getCompilationSettings: () => config.options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
})

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

/** Whether `name` of `file` is used in another file, and not by tests alone. */
const isUsed = (file, name) => {
  const references = (service.findReferences(file, name.getStart()) ?? []).flatMap(
    (found) => found.references,
  )
  const others = references.filter((reference) => !reference.isDefinition)
  const isShared = isType(name) || others.some((reference) => reference.fileName !== file)
  return isShared && others.some((reference) => !isTest(reference.fileName))
}

const unused = config.fileNames
  .filter((file) => !isTest(file) && !isContract(file))
  .flatMap((file) => {
    const source = service.getProgram()?.getSourceFile(file)
    return exportsOf(source)
      .filter((name) => !isUsed(file, name))
      .map((name) => `${relative(root, file)}: ${name.getText()}`)
  })

for (const line of unused) console.error(line)
console.log(unused.length === 0 ? 'Every export is used.' : `${unused.length} exports are used nowhere.`)
process.exit(unused.length === 0 ? 0 : 1)
