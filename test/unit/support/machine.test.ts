import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { plainTemporary } from '../../../scripts/lib/temporary.mjs';
import { environmentAt, lacks, lacksFile, type Machine, type Need } from './machine';

const linux: Machine = { platform: 'linux', isRoot: true, makesLinks: () => true };
const windows: Machine = { platform: 'win32', isRoot: false, makesLinks: () => false };
const needs: readonly Need[] = ['posix', 'links', 'linux', 'root'];

function lackingOn(machine: Machine) {
	const told: string[] = [];
	return { lacking: needs.filter(need => lacks(need, 'a reason', machine, line => told.push(line))), told };
}

describe('what a machine lacks', () => {
	it('on Linux nothing, and nothing is told', () => {
		expect(lackingOn(linux)).toEqual({ lacking: [], told: [] });
	});

	it('on Linux without root, the files of others', () => {
		expect(lackingOn({ ...linux, isRoot: false }).lacking).toEqual(['root']);
	});

	it('on macOS /proc alone; on Windows links only where the person may not make any', () => {
		expect(lackingOn({ ...linux, platform: 'darwin' }).lacking).toEqual(['linux']);
		expect(lackingOn(windows).lacking).toEqual(needs);
		expect(lackingOn({ ...windows, makesLinks: () => true }).lacking).toEqual(['posix', 'linux', 'root']);
	});

	it('is told with its reason, each time', () => {
		expect(lackingOn(windows).told).toContain('Skipped on win32, which lacks posix here: a reason.');
		const told: string[] = [];
		expect(lacksFile(join('no', 'such', 'file'), 'it lies elsewhere', line => told.push(line))).toBe(true);
		expect(told.join()).toContain('it lies elsewhere');
		expect(lacksFile('package.json', 'it is here', line => told.push(line))).toBe(false);
	});
});

/** What only some machines have. Whoever uses it asks the helper first. */
const POSIX_ONLY =
	/\bmkfifo\b|['"`]\/bin\/(?:ba|da)?sh\b|\bsymlink(?:Sync)?\(|\.mode & 0o|['"`]#!|process\.kill\(-|\b0o000\b/g;
/** Words of these files that are data, or work everywhere. */
const HARMLESS: Readonly<Record<string, string>> = {
	'test/unit/registry/compareSupply.test.ts': 'a path in a pin that nobody opens',
	'test/unit/registry/localImports.test.ts': 'first lines of scripts, which are read as text',
	'test/unit/supply/npx.test.ts': 'scripts that npm starts by their package, and bait that nobody starts',
	'test/unit/vscode/fixtureCases.test.ts': 'a junction, which Windows lets everybody make',
};
/** Ask for the system themselves: they look for zombies or into /proc, which only Linux shows, for what root may, or start a batch file. */
const ASKING: readonly string[] = [
	'test/unit/proxy/support.ts',
	'test/unit/support/stopTrial.ts',
	'test/unit/storage/organisationFile.test.ts',
	'test/e2e/lib/electron.mjs',
	'test/e2e/lib/folders.mjs',
];

/** All that runs on Windows and macOS too (.github/workflows/ci.yml); oauth, conformance and servers are run on Linux alone. */
const files = ['test/unit', 'test/path', 'test/package', 'test/robust', 'test/e2e/lib', 'test/e2e/suites'].flatMap(
	folder =>
		readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.map(name => `${folder}/${name.replaceAll('\\', '/')}`)
			.filter(name => /\.(?:ts|mjs)$/.test(name) && !name.startsWith('test/unit/support/machine')),
);

function asksHelper(text: string): boolean {
	return /import \{[^}]*\b(?:lacks|lacksFile|expectMode)\b[^}]*\} from '[./\w]*\/machine'/.test(text);
}

/**
 * True where a test does at `index` what not every system can, and is not skipped there. What stands outside of the tests, such as a
 * helper or what is laid out for all of them, is let through in a file that asks at all.
 */
function isLoose(source: ts.SourceFile, index: number, names: ReadonlySet<string>): boolean {
	const { text } = source;
	const guarded = new Set(
		[...text.matchAll(/^const (\w+) = \w+\.skipIf\((\w+)\)/gm)].flatMap(([, name = '', what = '']) =>
			names.has(what) ? [name] : [],
		),
	);
	let isInTest = false;
	for (let node = innermost(source, index); !ts.isSourceFile(node); node = node.parent) {
		if (ts.isCallExpression(node)) {
			const callee = node.expression.getText();
			const [root = ''] = /^\w+/.exec(callee) ?? [];
			const what = /\.skipIf\((\w+)/.exec(callee)?.[1] ?? '';
			if (guarded.has(root) || names.has(what) || what === 'lacks') {
				return false;
			}
			isInTest ||= root === 'it' || root === 'test';
		} else if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
			const asked = ts.isIfStatement(node) ? node.expression : node.condition;
			if ([...asked.getText().matchAll(/\w+/g)].some(([word]) => names.has(word))) {
				return false;
			}
		}
	}
	return isInTest || !asksHelper(text);
}

function innermost(node: ts.Node, index: number): ts.Node {
	const inside = ts.forEachChild(node, each => (each.getStart() <= index && index < each.end ? each : undefined));
	return inside === undefined ? node : innermost(inside, index);
}

/** The lines that use what not every system has, where nothing asks for it. */
function looseLines(text: string, names: ReadonlySet<string>): readonly number[] {
	const uses = [...text.matchAll(POSIX_ONLY)];
	const source = ts.createSourceFile('x.ts', uses.length === 0 ? '' : text, ts.ScriptTarget.Latest, true);
	return uses
		.filter(({ index }) => isLoose(source, index, names))
		.map(({ index }) => source.getLineAndCharacterOfPosition(index).line + 1);
}

function flawsOf(text: string): readonly string[] {
	const names = new Set([...text.matchAll(/^const (\w+) = lacks(?:File)?\(/gm)].map(([, name = '']) => name));
	const loose = [...text.matchAll(/\.(?:skipIf|runIf)\((.+?)\)/g)].filter(
		([whole, what = '']) => !whole.startsWith('.skipIf') || !(names.has(what) || what.startsWith('lacks')),
	);
	return [
		...looseLines(text, names).map(line => `uses in line ${line} what not every system has, and does not ask`),
		...(/\bprocess\.platform\b|\bgetuid\b/.test(text) ? ['asks for the system itself'] : []),
		...(/\b(?:it|test|describe)\.(?:skip|todo)\b(?!If)/.test(text) ? ['leaves something out everywhere'] : []),
		...loose.map(([whole]) => `skips without a reason: ${whole}`),
	];
}

describe('tests say what they need of the machine, and why they do not run without it', () => {
	it('every file', () => {
		const flawed = files.flatMap(name => {
			const flaws = flawsOf(readFileSync(name, 'utf8'));
			const left = flaws.filter(
				flaw =>
					!(flaw.startsWith('uses') && name in HARMLESS) &&
					!(flaw.startsWith('asks') && ASKING.includes(name)),
			);
			return left.map(flaw => `${name} ${flaw}`);
		});
		expect(flawed).toEqual([]);
	});

	it('no exception is out of date', () => {
		const needed = (name: string, start: string) =>
			flawsOf(readFileSync(name, 'utf8')).some(flaw => flaw.startsWith(start));
		expect(Object.keys(HARMLESS).filter(name => !needed(name, 'uses'))).toEqual([]);
		expect(ASKING.filter(name => !needed(name, 'asks'))).toEqual([]);
	});

	it.each([
		["execFileSync('mkfifo', [file]);", 'uses'],
		["const launch = { command: '/bin/sh' };", 'uses'],
		['await symlink(a, b);', 'uses'],
		["await writeFile(file, '#!/usr/bin/env node');", 'uses'],
		['expect((await stat(file)).mode & 0o777).toBe(0o600);', 'uses'],
		["it.skipIf(process.platform === 'win32')('x', () => {});", 'asks'],
		["it.skipIf(isWindows)('x', () => {});", 'skips'],
		["it.runIf(noPosix)('x', () => {});", 'skips'],
		["describe.skip('x', () => {});", 'leaves'],
	])('%s is seen', (text, flaw) => {
		expect(flawsOf(text).map(each => each.split(' ')[0])).toContain(flaw);
	});

	const asks = [
		"import { lacks } from '../support/machine';",
		"const noLinks = lacks('links', 'a link is made');",
		'const test = it.skipIf(noLinks);',
	];

	it.each([
		"it.skipIf(noLinks)('x', () => symlinkSync(a, b));",
		"describe.skipIf(noLinks)('x', () => { it('y', () => symlinkSync(a, b)); });",
		"it.skipIf(noLinks).each([1])('x', () => symlinkSync(a, b));",
		"test('x', () => symlinkSync(a, b));",
		"it('x', () => { if (!noLinks) symlinkSync(a, b); });",
		'function helper() { symlinkSync(a, b); }',
	])('what asks is let through: %s', text => {
		expect(flawsOf([...asks, text].join('\n'))).toEqual([]);
	});

	it.each([
		"it('x', () => symlinkSync(a, b));",
		"it.each([1])('x', () => symlinkSync(a, b));",
		"describe('x', () => { it('y', () => { if (other) symlinkSync(a, b); }); });",
		"it.skipIf(noLinks)('y', () => {}); it('x', () => symlinkSync(a, b));",
	])('a test that does not ask is seen in a file that does: %s', text => {
		expect(flawsOf([...asks, text].join('\n'))).toEqual([expect.stringMatching(/^uses in line 4 /)]);
	});
});

describe('the environment of a program', () => {
	const env = { PATH: 'p', HOME: 'mine', USERPROFILE: 'mine', SystemRoot: 'C:\\Windows', SECRET: 's' };

	it('has a home of its own, and what its system needs', () => {
		expect(environmentAt('/h', linux, env)).toEqual({ PATH: 'p', HOME: '/h' });
		expect(environmentAt('C:\\h', windows, env)).toEqual({
			...{ PATH: 'p', HOME: 'C:\\h', USERPROFILE: 'C:\\h', SystemRoot: 'C:\\Windows' },
			...{ ComSpec: '', PATHEXT: '', TEMP: '', TMP: '' },
		});
	});
});

describe('the folder of temporary files has one name', () => {
	const of = (platform: NodeJS.Platform, env: Readonly<Record<string, string>>) =>
		plainTemporary({ platform, env, tmpdir: '/t', home: '/Users/p', real: path => `real ${path}` });

	it.each([
		['linux', {}, 'real /t'],
		['linux', { RUNNER_TEMP: '/r' }, 'real /t'],
		['darwin', {}, 'real /Users/p/Library/Caches'],
		['darwin', { RUNNER_TEMP: '/r' }, 'real /r'],
		['win32', {}, 'real /t'],
		['win32', { RUNNER_TEMP: 'D:\\a\\_temp' }, 'real D:\\a\\_temp'],
	] as const)('%s %j', (platform, env, expected) => {
		expect(of(platform, env)).toBe(expected);
	});
});
