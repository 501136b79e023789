import { describe, expect, it } from 'vitest';
import { filesOfImport, importsOf, packageOfImport } from '../../../src/domain/registry/localImports';
import { interpreterOf, programScripts, shebangOf } from '../../../src/domain/registry/programScripts';
import { processorMs } from '../support/processorMs';

describe('what a script loads', () => {
	it('JavaScript: static, dynamic, side effects, re-exports, require, JSON', () => {
		const text = `import a from './a.js'; import'./b'; export * from "../c.mjs"; const d = require('./d.json');
			await import(\`./e.js\`); require.resolve('./f'); import { x } from '@scope/pkg/deep'; import 'node:fs';`;
		expect(importsOf('javascript', text)).toEqual({
			specifiers: ['./a.js', './b', '../c.mjs', './d.json', './e.js', './f', '@scope/pkg/deep', 'node:fs'],
			computed: false,
		});
		expect(packageOfImport('@scope/pkg/deep')).toBe('@scope/pkg');
		expect(['node:fs', './a', '/x', '#inner', '@x'].map(packageOfImport)).toEqual(Array(5).fill(undefined));
	});

	it.each(['import(name)', "require(name + '.js')", 'import(`./${name}.js`)'])('JavaScript: %s is computed', text => {
		expect(importsOf('javascript', text).computed).toBe(true);
	});

	it('Python: dotted, relative, several, members that may be modules', () => {
		const text = 'import os, helper.deep as h\nfrom .near import (x,\nfrom .. import up\nfrom pkg import mod\n';
		const { specifiers, computed } = importsOf('python', text);
		expect(specifiers).toEqual(expect.arrayContaining(['os', 'helper.deep', '.near', '..up', 'pkg', 'pkg.mod']));
		expect(computed).toBe(false);
		expect(importsOf('python', 'importlib.import_module(x)').computed).toBe(true);
		expect(filesOfImport('python', 'pkg.mod')).toEqual([
			'./pkg/mod.py',
			'./pkg/__init__.py',
			'./pkg/mod/__init__.py',
		]);
		expect(filesOfImport('python', '..up')).toEqual(['../up.py', '../up/__init__.py']);
	});

	it('JavaScript: a package or a builtin is no file; `./x.js` may be `./x.ts`', () => {
		expect(filesOfImport('javascript', 'pkg')).toEqual([]);
		expect(filesOfImport('javascript', './x.js').slice(0, 2)).toEqual(['./x.js', './x.ts']);
		expect(filesOfImport('javascript', './x')).toContain('./x/index.js');
	});

	it('is found in linear time in a text of one megabyte that is made to be slow', () => {
		for (const text of ['import('.repeat(150_000), "from '".repeat(170_000), 'from .'.repeat(170_000)]) {
			const began = processorMs();
			importsOf('javascript', text);
			importsOf('python', text);
			expect(processorMs() - began).toBeLessThan(3_000);
		}
	});
});

describe('a text of megabytes', () => {
	it.each([
		['python', `from ${' '.repeat(1_000_000)}`],
		['python', `from ${'.'.repeat(1_000_000)}!`],
		['javascript', `import(${' '.repeat(1_000_000)}`],
	] as const)('%s takes time that grows with its length alone', (language, text) => {
		const began = processorMs();
		importsOf(language, text);
		expect(processorMs() - began).toBeLessThan(2000);
	});
});

describe('what an interpreter is told to run', () => {
	const run = (line: string) => {
		const [program = '', ...args] = line.split(' ');
		const interpreter = interpreterOf(program);
		return interpreter && programScripts(interpreter, args);
	};

	it.each([
		['node server.js --port 1', { scripts: ['server.js'], more: false }],
		[
			'node --no-warnings -r ./pre.cjs --import=tsx server.ts',
			{ scripts: ['./pre.cjs', 'tsx', 'server.ts'], more: false },
		],
		['node --redirect-warnings ./decoy.js server.js', { scripts: ['server.js'], more: false }],
		['node --unhandled-rejections strict server.js', { scripts: ['server.js'], more: false }],
		['node --of-tomorrow decoy server.js', { scripts: ['decoy', 'server.js'], more: true }],
		['node --no-warnings server.js data.json', { scripts: ['server.js'], more: false }],
		['uv run --with evil server.py', { scripts: ['server.py'], more: false }],
		['node -e 1', { scripts: [], more: true }],
		['C:\\nodejs\\node.exe C:\\x\\server.js', { scripts: ['C:\\x\\server.js'], more: false }],
		['python3.12 -u -W ignore server.py', { scripts: ['server.py'], more: false }],
		['python -m mcp_server', { scripts: [], more: true }],
		['tsx watch src/server.ts', { scripts: ['src/server.ts'], more: false }],
		['deno run -A server.ts', { scripts: ['server.ts'], more: false }],
		['uv --directory /srv run server.py', { scripts: ['server.py'], folder: '/srv', more: false }],
		['uv run --directory /srv mcp-server', { scripts: [], folder: '/srv', more: true }],
		['bash -c evil', { scripts: [], more: true }],
		['bash start.sh', { scripts: ['start.sh'], more: false }],
		['mcp-server --flag', undefined],
	])('%s', (line, expected) => {
		expect(run(line)).toEqual(expected);
	});

	it.each([
		['#!/usr/bin/env node\n', { program: 'node', viaPath: true }],
		['#!/usr/bin/env -S FOO=1 node --flag\n', { program: 'node', viaPath: true }],
		['#! /bin/sh\r\n', { program: '/bin/sh', viaPath: false }],
		['#!/usr/bin/env\n', undefined],
		['\u007fELF', undefined],
	])('the first line %j', (head, expected) => {
		expect(shebangOf(head)).toEqual(expected);
	});
});
