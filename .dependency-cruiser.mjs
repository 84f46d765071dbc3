const tests = '\\.(test|contract)\\.ts$'

/** A row of the table in ARCHITECTURE.md: `folder` imports nothing of ours but itself and `allowed`. */
const row = (folder, allowed, comment) => ({
  name: `${folder}-imports`,
  comment,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: tests },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
})

const pure = (folder) => ({
  name: `${folder}-is-pure`,
  comment:
    'The same code runs in Node, in a browser and in the simulator, so it knows no built-in and no package.',
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: tests },
  to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'unknown'] },
})

const adapter = 'Adapters know values, not one another: each can be replaced alone.'

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle is one module in several files.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing fails at run time.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    pure('protocol'),
    pure('engine'),
    row('protocol', [], 'Bytes to values and back stand on nothing.'),
    row('engine', ['protocol'], 'Decisions see values only, never sockets, files or clocks.'),
    row('support', [], 'Log and configuration are used by all, so they may use none.'),
    row('transport', ['protocol', 'support'], adapter),
    row('storage', ['protocol', 'support'], adapter),
    row('discovery', ['protocol', 'support'], adapter),
    row('nat', ['protocol', 'support'], adapter),
    row(
      'tracker',
      ['protocol', 'transport', 'support'],
      'A tracker never needs the engine: it moves no data.',
    ),
    row(
      'node',
      ['engine', 'protocol', 'transport', 'storage', 'discovery', 'nat', 'support'],
      'The one place where decisions meet IO.',
    ),
    row('api', ['node', 'tracker', 'protocol', 'support'], 'The API offers what a node and a tracker do.'),
    {
      name: 'web-imports',
      comment:
        'The page runs in a browser and knows the program by its API alone: of that it takes the types.',
      severity: 'error',
      from: { path: '^web/', pathNot: tests },
      to: {
        path: '^src/',
        pathNot: '^src/(protocol|engine)/|^src/api/contract|^src/support/units\\.ts$',
      },
    },
    {
      name: 'web-takes-types-of-the-api',
      comment: 'What checks documents stays on the server.',
      severity: 'error',
      from: { path: '^web/', pathNot: tests },
      to: { path: '^src/api/', dependencyTypesNot: ['type-only'] },
    },
    row(
      'cli',
      ['api', 'node', 'tracker', 'protocol', 'support'],
      'Commands start things and print; they never reach into adapters.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
