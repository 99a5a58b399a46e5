// ESLint: type-aware rules against common mistakes in async code, and a rule for the header of a file.
import tseslint from 'typescript-eslint';

/** A file opens with a line comment that says what the file is. A question there does not. */
const header = {
  create: ({ sourceCode, report }) => ({
    Program(node) {
      const comments = sourceCode.getAllComments();
      const first = sourceCode.text.startsWith('#!') ? 2 : 1;
      const isHeader = ({ type, loc }, i) => type === 'Line' && loc.start.line === i + first;
      const end = comments.findIndex((comment, i) => !isHeader(comment, i));
      const lines = (end < 0 ? comments : comments.slice(0, end)).map(({ value }) => value);
      if (lines.length === 0) report({ node, message: 'Say in a first comment what this file is.' });
      else if (/\?(\s|$)/.test(lines.join('\n')))
        report({ node, message: 'Say in the header what this file is, instead of asking.' });
    },
  }),
};

export default tseslint.config(
  { ignores: ['dist', 'client/dist', 'data', 'node_modules'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './playground/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-console': ['error', { allow: ['error'] }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['{src,test,bench,client,playground}/**/*.{ts,tsx}'],
    plugins: { canbo: { rules: { header } } },
    rules: { 'canbo/header': 'error' },
  },
  {
    // Tests read answers as a client without generated types would: as plain JSON.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
