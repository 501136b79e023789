import { afterEach, vi } from 'vitest';

// Test files share processes: what a test puts in the place of a variable, a global or a function is gone before anything of the next
// file is loaded, not only before its first test.
afterEach(() => {
	vi.unstubAllEnvs();
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});
