import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/oauth/*.test.ts'],
		testTimeout: 60_000,
		hookTimeout: 60_000,
		pool: 'forks',
		silent: 'passed-only',
	},
});
