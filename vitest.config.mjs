import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/unit/**/*.test.ts', 'test/path/**/*.test.ts', 'test/package/**/*.test.ts'],
		// For a machine that runs other things: a deadline for what hangs, no measure.
		testTimeout: 60_000,
		pool: 'forks',
	},
});
