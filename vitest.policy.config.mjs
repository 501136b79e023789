import { defineConfig } from 'vitest/config';

/** The policy engine's own tests alone, with few runs of each property: for `npm run mutate`. */
export default defineConfig({
	test: {
		include: ['test/unit/policy/**/*.test.ts'],
		env: { FEW_RUNS: '20' },
		testTimeout: 20_000,
		pool: 'threads',
		isolate: false,
		maxWorkers: 1,
	},
});
