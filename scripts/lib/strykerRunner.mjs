// A test runner for mutation testing that does in milliseconds what starting a test process does in seconds: the tests of
// the policy engine and the instrumented sources are bundled once, and the bundle is run anew for each mutant, so that no
// memo of one mutant is seen by the next. The assertions are vitest's own; `describe`, `it` and hooks are the few lines
// below. Tests run one after the other, the quickest that reach the mutant first.
import { build } from 'esbuild';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { Script } from 'node:vm';

const require = createRequire(import.meta.url);
const vitestRequire = createRequire(require.resolve('vitest/package.json'));
const TESTS = 'test/unit/policy';
/** Tests of the commands: they read and write files, and hold no rule of the engine that the others do not. */
const OTHERS = /^policyCommands\./;
/** Slower tests are about speed alone and are left out. */
const SLOW_MS = 1500;
/** Longest that one test may take, in milliseconds; a test that mutants make slow is a caught mutant. */
const MAX_TEST_MS = 8000;

/** The `expect` of vitest without the process around it. */
async function makeExpect() {
	const chai = await import(pathToFileURL(vitestRequire.resolve('chai')).href);
	const { JestAsymmetricMatchers, JestChaiExpect, JestExtend } = await import(
		pathToFileURL(vitestRequire.resolve('@vitest/expect')).href
	);
	for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
	return chai.expect;
}

/** `describe`, `it` and hooks as far as these tests use them; `tests` fills while a file is loaded. */
function collector(expect) {
	const tests = [];
	const blocks = [];
	const hooks = { beforeAll: [], afterAll: [] };
	const named = title => [...blocks, title].join(' > ');
	const add = (title, run) => tests.push({ id: `${named(title)} #${tests.length}`, name: named(title), run });
	const each =
		make =>
		(cases, ...rest) => {
			const rows = Array.isArray(cases) ? cases : [cases, ...rest];
			const spread = rows.every(Array.isArray);
			return (title, run) =>
				rows.forEach(row => {
					const args = spread ? row : [row];
					make(format(title, ...args), () => run(...args));
				});
		};
	const describe = (title, body) => {
		blocks.push(title);
		body();
		blocks.pop();
	};
	return {
		tests,
		hooks,
		vitest: {
			expect,
			describe: Object.assign(describe, { each: each(describe) }),
			it: Object.assign(add, { each: each(add) }),
			beforeAll: hook => hooks.beforeAll.push(hook),
			afterAll: hook => hooks.afterAll.push(hook),
		},
	};
}

async function bundleTests(root) {
	const files = readdirSync(path.join(root, TESTS)).filter(name => name.endsWith('.test.ts') && !OTHERS.test(name));
	const place = {
		name: 'import.meta.url',
		setup: ({ onLoad }) =>
			onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, ({ path: file }) => ({
				loader: 'ts',
				contents: readFileSync(file, 'utf8').replaceAll(
					'import.meta.url',
					JSON.stringify(pathToFileURL(file).href),
				),
			})),
	};
	const { outputFiles } = await build({
		stdin: { contents: files.map(name => `import './${TESTS}/${name}';`).join('\n'), resolveDir: root },
		bundle: true,
		write: false,
		format: 'cjs',
		platform: 'node',
		packages: 'external',
		plugins: [place],
		logLevel: 'error',
	});
	return outputFiles[0].text;
}

class BundleRunner {
	static inject = [];
	seconds = new Map();

	capabilities() {
		return { reloadEnvironment: true };
	}

	async init() {
		const root = process.cwd();
		process.env.FEW_RUNS = '20';
		this.expect = await makeExpect();
		this.require = createRequire(path.join(root, TESTS, 'all.cjs'));
		const text = await bundleTests(root);
		this.script = new Script(`(function (require, module, exports) {${text}\n})`, { filename: 'bundle.cjs' });
		// ES modules among the packages are loaded once, so that the bundle can ask for them synchronously.
		this.packages = new Map();
		for (const [, name] of text.matchAll(/require\("([^"]+)"\)/g)) {
			if (name !== 'vitest' && !this.packages.has(name)) {
				this.packages.set(name, await this.import(name));
			}
		}
	}

	async import(name) {
		try {
			return this.require(name);
		} catch {
			return { __esModule: true, ...(await import(name)) };
		}
	}

	/** All tests over a fresh copy of every module. */
	async load() {
		const { tests, hooks, vitest } = collector(this.expect);
		const module = { exports: {} };
		const require = name => (name === 'vitest' ? vitest : (this.packages.get(name) ?? this.require(name)));
		this.script.runInThisContext()(require, module, module.exports);
		for (const hook of hooks.beforeAll) await hook();
		return { tests, end: () => hooks.afterAll.forEach(hook => hook()) };
	}

	async dryRun() {
		const ns = (globalThis.__stryker__ ??= {});
		ns.activeMutant = undefined;
		ns.mutantCoverage = { static: {}, perTest: {} };
		const { tests, end } = await this.load();
		const results = [];
		for (const { id, name, run } of tests) {
			ns.currentTestId = id;
			const start = performance.now();
			const failure = await attempt(run);
			const timeSpentMs = performance.now() - start;
			this.seconds.set(id, timeSpentMs);
			results.push({
				id,
				name,
				timeSpentMs,
				status: failure === undefined ? 'success' : 'failed',
				failureMessage: failure,
			});
		}
		ns.currentTestId = undefined;
		end();
		return { status: 'complete', tests: results, mutantCoverage: ns.mutantCoverage };
	}

	async mutantRun({ activeMutant, testFilter, hitLimit }) {
		const ns = (globalThis.__stryker__ ??= {});
		ns.activeMutant = activeMutant.id;
		ns.hitCount = hitLimit === undefined ? undefined : 0;
		ns.hitLimit = hitLimit;
		const wanted = testFilter && new Set(testFilter);
		let loaded;
		try {
			loaded = await this.load();
		} catch (error) {
			return { status: 'killed', killedBy: [], failureMessage: String(error), nrOfTests: 0 };
		}
		const chosen = loaded.tests.filter(({ id }) => wanted === undefined || wanted.has(id));
		const quick = chosen.filter(({ id }) => (this.seconds.get(id) ?? 0) < SLOW_MS);
		quick.sort((left, right) => (this.seconds.get(left.id) ?? 0) - (this.seconds.get(right.id) ?? 0));
		let nrOfTests = 0;
		try {
			for (const { id, run } of quick) {
				nrOfTests++;
				const failure = await attempt(run);
				if (ns.hitCount > ns.hitLimit) {
					return { status: 'timeout', reason: 'hit limit' };
				}
				if (failure !== undefined) {
					return { status: 'killed', killedBy: [id], failureMessage: failure, nrOfTests };
				}
			}
		} finally {
			loaded.end();
		}
		return { status: 'survived', nrOfTests };
	}
}

async function attempt(run) {
	let timer;
	const late = new Promise((_resolve, reject) => {
		timer = setTimeout(() => reject(new Error('took too long')), MAX_TEST_MS);
	});
	try {
		await Promise.race([run(), late]);
		return undefined;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	} finally {
		clearTimeout(timer);
	}
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'bundle', injectableClass: BundleRunner }];
