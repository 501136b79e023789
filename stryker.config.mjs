/** Mutation testing of the policy engine: `npm run mutate`, or `npm run mutate -- --mutate src/domain/policy/decide.ts`. */
export default {
	mutate: ['src/domain/policy/**/*.ts'],
	testRunner: 'bundle',
	plugins: ['./scripts/lib/strykerRunner.mjs', './scripts/lib/strykerMessages.mjs'],
	// Sentences for people are no behaviour; everything else is mutated, regular expressions and word lists too.
	ignorers: ['messages'],
	coverageAnalysis: 'perTest',
	incremental: true,
	incrementalFile: 'test-output/mutation/incremental.json',
	tempDirName: 'test-output/mutation/sandbox',
	reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
	jsonReporter: { fileName: 'test-output/mutation/report.json' },
	htmlReporter: { fileName: 'test-output/mutation/report.html' },
	clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
	concurrency: 2,
	timeoutMS: 15_000,
	ignorePatterns: ['dist', 'media', 'test/e2e', 'test-output', '*.vsix', '.mcp-firewall-demo'],
	checkers: [],
	allowEmpty: true,
};
