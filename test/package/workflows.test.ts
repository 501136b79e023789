import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Step {
	readonly uses?: string;
	readonly run?: string;
	readonly if?: string;
	readonly with?: Readonly<Record<string, unknown>>;
	readonly env?: Readonly<Record<string, string>>;
}

interface Job {
	readonly uses?: string;
	readonly 'runs-on'?: string;
	readonly needs?: string | readonly string[];
	readonly environment?: string;
	readonly permissions?: Readonly<Record<string, string>>;
	readonly 'timeout-minutes'?: number;
	readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
	readonly steps?: readonly Step[];
}

interface Workflow {
	readonly on: Readonly<Record<string, unknown>>;
	readonly permissions?: Readonly<Record<string, string>>;
	readonly defaults?: { readonly run?: { readonly shell?: string } };
	readonly jobs: Readonly<Record<string, Job>>;
}

const folder = '.github/workflows';
const texts = readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')] as const);
const workflows = texts.map(([name, text]) => [name, parse(text) as Workflow] as const);
const named = (name: string): Workflow => workflows.find(([file]) => file === name)![1];
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
	readonly engines: { readonly vscode: string; readonly node: string };
	readonly scripts: Readonly<Record<string, string>>;
};
const stepsOf = ({ steps = [] }: Job): readonly Step[] => steps;

describe.each(texts)('%s', (_, text) => {
	it('pins every action by its whole commit hash and names the version beside it', () => {
		const uses = [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, what = '']) => what);
		expect(uses.length).toBeGreaterThan(0);
		const loose = uses.filter(
			each => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(each) && !each.startsWith('./'),
		);
		expect(loose).toEqual([]);
	});

	it('pins one action to one hash', () => {
		const pins = new Map<string, Set<string>>();
		for (const [, all] of texts) {
			for (const [, action = '', hash = ''] of all.matchAll(/uses: ([\w/-]+)@([0-9a-f]{40})/g)) {
				pins.set(action, (pins.get(action) ?? new Set()).add(hash));
			}
		}
		expect([...pins.values()].every(({ size }) => size === 1)).toBe(true);
	});
});

describe.each(workflows)('%s', (_, { on, permissions, defaults, jobs }) => {
	it('never runs with the secrets of the repository on what a stranger sends', () => {
		expect(Object.keys(on)).not.toContain('pull_request_target');
		expect(Object.keys(on)).not.toContain('workflow_run');
	});

	it('may read the contents and no more; what a job may write, it says', () => {
		expect(permissions).toEqual({ contents: 'read' });
		const writes = Object.values(jobs).flatMap(({ permissions: own = {} }) =>
			Object.entries(own).flatMap(([what, may]) => (may === 'write' ? [what] : [])),
		);
		expect(writes.filter(what => !['id-token', 'attestations'].includes(what))).toEqual([]);
	});

	it('leaves no token of the checkout behind, and every job ends', () => {
		for (const job of Object.values(jobs)) {
			if (job.uses === undefined) {
				expect(job['timeout-minutes']).toBeGreaterThan(0);
			}
			for (const step of stepsOf(job)) {
				if (step.uses?.startsWith('actions/checkout@')) {
					expect(step.with).toMatchObject({ 'persist-credentials': false });
				}
			}
		}
	});

	it('runs only scripts and steps that there are', () => {
		const known = [...readFileSync('scripts/test.mjs', 'utf8').matchAll(/^\t(?:\.\.\..*\{ )?(\w+)(?::|,)/gm)].map(
			([, name]) => name,
		);
		const runs = Object.values(jobs).flatMap(job => stepsOf(job).flatMap(({ run }) => (run ? [run] : [])));
		for (const [, script = ''] of runs.join('\n').matchAll(/npm run ([\w:]+)/g)) {
			expect(Object.keys(manifest.scripts)).toContain(script);
		}
		for (const [, only = ''] of runs.join('\n').matchAll(/npm test -- --only (\S+)/g)) {
			for (const step of only.split(',')) {
				expect(known).toContain(step);
			}
		}
	});

	it('speaks to one shell on every system, and asks for what only Linux has on Linux alone', () => {
		expect(defaults?.run?.shell).toBe('bash');
		for (const job of Object.values(jobs)) {
			for (const { run = '', if: only = '' } of stepsOf(job)) {
				if (/\b(?:xvfb-run|sha256sum|apt-get|sudo)\b/.test(run)) {
					expect(job['runs-on']?.startsWith('ubuntu-') === true || only === "runner.os == 'Linux'", run).toBe(
						true,
					);
				}
			}
		}
	});

	it('puts nothing that an event says into a script', () => {
		for (const job of Object.values(jobs)) {
			for (const { run = '' } of stepsOf(job)) {
				expect(run).not.toContain('${{');
			}
		}
	});
});

describe('the scripts of package.json', () => {
	// npm gives them to cmd.exe on Windows, which knows no `VAR=x program`, no single quotes, no `rm` and no `$VAR`.
	it.each(Object.entries(manifest.scripts))('%s is a program and plain words', (_, script) => {
		expect(script).toMatch(/^(?:node|tsc|eslint|prettier|vitest|depcruise|knip|stryker)(?: [\w./:=-]+)*$/);
	});
});

describe('ci.yml', () => {
	const { unit, editor } = named('ci.yml').jobs;

	it('runs the tests on three systems, with the oldest Node that is promised and a newer one', () => {
		const { os, node } = unit!.strategy!.matrix;
		expect(os!.map(name => String(name).split('-')[0])).toEqual(['ubuntu', 'macos', 'windows']);
		expect(node).toContain(Number(/\d+/.exec(manifest.engines.node)![0]));
		expect(node!.length).toBeGreaterThan(1);
	});

	it('runs the product in the VS Code of engines.vscode and in the newest', () => {
		const oldest = manifest.engines.vscode.replace('^', '');
		for (const job of [editor!, named('publish.yml').jobs.try!]) {
			expect(job.strategy!.matrix.vscode).toEqual([oldest, 'stable']);
			expect(stepsOf(job).some(({ run = '' }) => run.includes('npm run test:electron'))).toBe(true);
		}
		expect(editor!.strategy!.matrix.os).toEqual(unit!.strategy!.matrix.os);
	});
});

describe('publish.yml', () => {
	const { on, jobs } = named('publish.yml');
	const publishing = Object.entries(jobs).filter(([, job]) =>
		stepsOf(job).some(({ run = '' }) => /\bpublish\b.*--packagePath/.test(run)),
	);

	it('starts with a tag alone, and after all tests', () => {
		expect(on).toEqual({ push: { tags: ['v*'] } });
		expect(jobs.test!.uses).toBe('./.github/workflows/ci.yml');
		expect(jobs.build!.needs).toBe('test');
	});

	it('publishes to both registries, each after a review, the very file that was tried', () => {
		expect(publishing.map(([name]) => name)).toEqual(['marketplace', 'open-vsx']);
		for (const [, job] of publishing) {
			expect(job.environment).toBeDefined();
			expect(job.needs).toEqual(['build', 'try']);
			const runs = stepsOf(job).map(({ run = '' }) => run);
			const checked = runs.findIndex(
				run => run.includes('sha256sum --check') && run.includes('attestation verify'),
			);
			const published = runs.findIndex(run => run.includes('--packagePath "$FILE"'));
			expect(checked).toBeGreaterThanOrEqual(0);
			expect(published).toBeGreaterThan(checked);
			expect(runs.some(run => /npm run (build|package)/.test(run))).toBe(false);
		}
	});

	it('gives a token to the one step that publishes, and to no other', () => {
		for (const [, job] of Object.entries(jobs)) {
			for (const { env = {}, run = '' } of stepsOf(job)) {
				const secret = Object.values(env).some(value => value.includes('secrets.'));
				expect(secret).toBe(/\bpublish\b.*--packagePath/.test(run));
			}
		}
	});
});
