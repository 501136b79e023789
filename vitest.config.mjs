import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { usePlainTemporary } from './scripts/lib/temporary.mjs';

// Before any process of the tests is started: they inherit it.
usePlainTemporary();

const files = ['test/unit', 'test/path', 'test/package'].flatMap(folder =>
	readdirSync(folder, { recursive: true })
		.filter(name => name.endsWith('.test.ts'))
		.map(name => path.posix.join(folder, name.replaceAll('\\', '/'))),
);
/** What a test puts in a module's place, or loads anew, no other test may see: such files have a process each. */
const replacing = files.filter(file => /\bvi\.(?:mock|doMock|hoisted|resetModules)\(/.test(readFileSync(file, 'utf8')));

export default defineConfig({
	test: {
		// For a machine that runs other things: a deadline for what hangs, no measure.
		testTimeout: 60_000,
		pool: 'forks',
		// By itself vitest leaves one core idle, which is half of the machine that runs the checks.
		maxWorkers: Math.max(2, availableParallelism() - 1),
		// Files share processes, and with them the modules, which halves the time: nothing of one test is there in the next.
		setupFiles: ['test/unit/support/takeBack.ts'],
		projects: [
			{
				extends: true,
				test: {
					name: 'shared',
					include: files.filter(file => !replacing.includes(file)),
					isolate: false,
				},
			},
			{ extends: true, test: { name: 'replacing', include: replacing } },
		],
	},
});
