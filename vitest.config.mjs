import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/unit/**/*.test.ts', 'test/path/**/*.test.ts', 'test/package/**/*.test.ts'],
		// For a machine that runs other things: a deadline for what hangs, no measure.
		testTimeout: 60_000,
		pool: 'forks',
		// By itself vitest leaves one core idle, which is half of the machine that runs the checks.
		maxWorkers: Math.max(2, availableParallelism() - 1),
	},
});
