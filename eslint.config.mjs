import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
	{
		ignores: [
			'dist/',
			'node_modules/',
			'test/e2e/node_modules/',
			'test-output/',
			'.mcp-firewall-demo/',
			'coverage/',
			'src/domain/inspection/model/trainedWeights.ts',
		],
	},
	js.configs.recommended,
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.strictTypeChecked],
		languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
		rules: {
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			'@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
			'@typescript-eslint/no-empty-function': ['error', { allow: ['methods', 'arrowFunctions'] }],
			'@typescript-eslint/switch-exhaustiveness-check': 'error',
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/no-unnecessary-condition': [
				'error',
				{ allowConstantLoopConditions: 'only-allowed-literals' },
			],
			'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
			eqeqeq: 'error',
			'no-console': 'error',
			'no-restricted-syntax': [
				'error',
				{ selector: 'ExportDefaultDeclaration', message: 'No default exports.' },
				{ selector: 'ExportAllDeclaration', message: 'No barrel files.' },
			],
		},
	},
	{
		files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
		rules: {
			'no-restricted-properties': [
				'error',
				{
					object: 'URL',
					property: 'canParse',
					message: 'Ask urlOf (base/urlOf.ts), which says why, or isUrl.',
				},
			],
		},
	},
	{
		files: ['test/**/*.ts', 'bench/**/*.ts'],
		rules: { 'max-lines': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
	},
	{ files: ['src/cli.ts', 'src/cli/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
	{
		files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
		languageOptions: {
			globals: {
				process: 'readonly',
				console: 'readonly',
				Buffer: 'readonly',
				URL: 'readonly',
				setTimeout: 'readonly',
				clearTimeout: 'readonly',
				setInterval: 'readonly',
				clearInterval: 'readonly',
				setImmediate: 'readonly',
				fetch: 'readonly',
				AbortController: 'readonly',
				AbortSignal: 'readonly',
				document: 'readonly',
				window: 'readonly',
				module: 'readonly',
				require: 'readonly',
				exports: 'writable',
				__dirname: 'readonly',
				performance: 'readonly',
				structuredClone: 'readonly',
				TextDecoder: 'readonly',
				TextEncoder: 'readonly',
			},
		},
	},
);
