import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'build/',
      'dist/',
      'imports/',
      '.embedded/',
      '.bench/',
      '*.js',
      '*.mjs',
      '*.cjs',
      'docs/',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/return-await': ['error', 'always'],
      '@typescript-eslint/no-shadow': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Constructs and Pulumi resources act by being made.
      '@typescript-eslint/no-extraneous-class': 'off',
      curly: 'error',
      eqeqeq: 'error',
    },
  },
);
