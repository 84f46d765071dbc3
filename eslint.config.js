import tseslint from 'typescript-eslint'

/** Decisions take the time and the randomness they use as arguments, so that a run can be replayed. */
const impure = [
  { object: 'Date', property: 'now', message: 'Take `now` as an argument.' },
  { object: 'Math', property: 'random', message: 'Take the random source as an argument.' },
]

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', 'fuzz-build'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['web/vite.config.ts'] } } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/protocol/**/*.ts', 'src/engine/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.contract.ts'],
    rules: { 'no-restricted-properties': ['error', ...impure] },
  },
  {
    files: ['**/*.test.ts', '**/*.contract.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
)
