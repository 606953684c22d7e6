import stylistic from '@stylistic/eslint-plugin'
import jsdoc from 'eslint-plugin-jsdoc'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig([
  {
    // Files that programs write.
    ignores: [
      'dist/', 'docs/site/', 'docs/generated/', 'generated/', 'api/', '.cache/', 'test/generated/golden/', 'test/docs/.generated/',
    ],
  },
  {
    files: ['src/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts', '*.ts'],
    ignores: ['test/page/**'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin, '@stylistic': stylistic },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@stylistic/max-len': ['error', { code: 140, ignoreUrls: true }],
    },
  },
  {
    // The page and its tests have their own tsconfigs, with the types of a browser.
    files: ['docs/page/**/*.ts', 'test/page/**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin, '@stylistic': stylistic },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@stylistic/max-len': ['error', { code: 140, ignoreUrls: true }],
    },
  },
  {
    // What users import: each name has a docstring.
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': ['error', {
        publicOnly: { esm: true }, require: { ClassDeclaration: true, FunctionDeclaration: true, MethodDefinition: false },
      }],
      'jsdoc/check-param-names': 'error',
      'jsdoc/no-types': 'error',
    },
  },
])
