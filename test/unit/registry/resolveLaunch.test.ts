import { describe, expect, it } from 'vitest';
import { type StdioLaunch } from '../../../src/domain/registry/launch';
import { resolveHttpLaunch, resolveLaunch, variablesIn } from '../../../src/domain/registry/resolveLaunch';
import { secretsOfUrl } from '../../../src/domain/registry/secretParts';
import { foldersByName } from '../../../src/vscode/mcpFiles';
import { processorMs } from '../support/processorMs';

const launch = (fields: Partial<StdioLaunch>): StdioLaunch => ({
	kind: 'stdio',
	command: 'x',
	args: [],
	env: [],
	...fields,
});
const context = { workspaceFolder: '/ws', userHome: '/home/p', env: { A: '1', EVIL: '${userHome} ${env:A}' } };

describe('resolveHttpLaunch', () => {
	const http = { kind: 'http', url: 'https://a.example/${env:A}', headers: ['X-Key'] } as const;

	it('fills in address and headers', () => {
		expect(resolveHttpLaunch(http, { 'X-Key': '${env:A}' }, context)).toEqual({
			kind: 'http',
			url: 'https://a.example/1',
			headers: { 'X-Key': '1' },
		});
	});

	it.each(['@evil.example/..', '//evil.example', '\\\\evil.example', '#x', '?x'])(
		'C2 no value moves a request to another host: %j',
		value => {
			const url = 'https://a.example/${input:path}?k=${credential:k}';
			const resolved = resolveHttpLaunch(
				{ ...http, url },
				{ 'X-Key': 'k', 'input:path': value, 'credential:k': value },
				context,
			);
			expect('url' in resolved && new URL(resolved.url).host).toBe('a.example');
		},
	);

	it.each([
		[{ url: 'https://${input:x}/' }, { 'X-Key': 'k' }, 'the host of its address has to be written out'],
		[{ url: 'https://a.example${env:A}' }, { 'X-Key': 'k' }, 'the host of its address has to be written out'],
		[{ url: 'https://a.example:${env:A}/x' }, { 'X-Key': 'k' }, 'the host of its address has to be written out'],
		[{ url: '${env:A}://a.example/' }, { 'X-Key': 'k' }, 'the host of its address has to be written out'],
		[{ url: 'https://a.example/${command:x}' }, { 'X-Key': 'k' }, 'a variable of the launch has no value here'],
		[{ url: 'https://a.example/?k=${credential:k}' }, { 'X-Key': 'k' }, 'no value is stored for ${credential:k}'],
		[{}, {}, 'no value is stored for the header X-Key'],
	])('is a problem, not a guess: %j %j', (fields, values, problem) => {
		expect(resolveHttpLaunch({ ...http, ...fields }, values, context)).toEqual({ problem });
	});
});

describe('resolveLaunch', () => {
	it.each([
		[launch({ args: ['${env:MISSING}'] }), {}, '${env:MISSING} has no value here'],
		[launch({ args: ['${env:toString}'] }), {}, '${env:toString} has no value here'],
		[launch({ args: ['${command:x}'] }), {}, 'a variable of the launch has no value here'],
		[launch({ args: ['${input:x}'] }), {}, 'no value is stored for ${input:x}'],
		[launch({ args: ['${credential:arg1}'] }), {}, 'no value is stored for ${credential:arg1}'],
		[launch({ args: ['${credential:valueOf}'] }), {}, 'no value is stored for ${credential:valueOf}'],
		[launch({ env: ['T'] }), { T: '${input:x}' }, 'no value is stored for ${input:x}'],
		[launch({ env: ['TOKEN'] }), {}, 'no value is stored for the environment variable TOKEN'],
		[launch({ env: ['valueOf'] }), {}, 'no value is stored for the environment variable valueOf'],
		[launch({ command: '${env:E}' }), {}, '${env:E} has no value here'],
	])('is a problem, not a guess: %j', (given, values, problem) => {
		expect(resolveLaunch(given, values, context)).toEqual({ problem });
	});

	it('needs an open folder for ${workspaceFolder}', () => {
		const closed = { userHome: context.userHome, env: context.env };
		expect(resolveLaunch(launch({ args: ['${workspaceFolder}'] }), {}, closed)).toEqual({
			problem:
				'${workspaceFolder} has no value here: no folder is open, or several are, of which ${workspaceFolder:NAME} names one',
		});
		expect(resolveLaunch(launch({}), {}, closed)).toMatchObject({ cwd: '/home/p' });
	});

	it('${workspaceFolder:NAME} names one of the open folders, and nothing where none or two are called so', () => {
		const folders = [
			{ name: 'api', path: '/ws/api' },
			{ name: 'the web', path: '/ws/web' },
			{ name: 'twice', path: '/a/twice' },
			{ name: 'twice', path: '/b/twice' },
		];
		const several = { userHome: context.userHome, env: context.env, namedFolders: foldersByName(folders) };
		const args = ['${workspaceFolder:api}/x', '--root=${workspaceFolder:the web}'];
		const resolved = resolveLaunch(launch({ args, cwd: '${workspaceFolder:api}' }), {}, several);
		expect(resolved).toMatchObject({ args: ['/ws/api/x', '--root=/ws/web'], cwd: '/ws/api' });
		for (const name of ['twice', 'none', 'toString']) {
			expect(resolveLaunch(launch({ args: [`\${workspaceFolder:${name}}`] }), {}, several)).toEqual({
				problem: `\${workspaceFolder:${name}} has no value here`,
			});
		}
		expect(resolveLaunch(launch({ args: ['${workspaceFolder:a\u202eb}'] }), {}, several)).toEqual({
			problem: 'a variable of the launch has no value here',
		});
	});

	it('resolves once: a value that looks like a variable stays text', () => {
		expect(resolveLaunch(launch({ args: ['${env:EVIL}'] }), {}, context)).toMatchObject({
			args: ['${userHome} ${env:A}'],
		});
	});

	it('C9 puts stored values in, in one pass: a secret that looks like a variable stays text', () => {
		const given = launch({ args: ['--token', '${credential:arg2}', '${input:dir}/x'], env: ['T'] });
		const values = {
			T: 'Bearer ${credential:set.T}',
			'credential:set.T': '${env:A}',
			'credential:arg2': '${input:dir}$&',
			'input:dir': '/d',
			'credential:unused': 'other',
		};
		expect(resolveLaunch(given, values, context)).toMatchObject({
			args: ['--token', '${input:dir}$&', '/d/x'],
			env: { T: 'Bearer ${env:A}' },
		});
	});

	it('resolves everything and makes the working directory absolute', () => {
		const given = launch({
			command: '~/bin/s',
			args: ['${workspaceFolder}/a', '$&', '${'],
			cwd: 'sub',
			env: ['T'],
		});
		expect(resolveLaunch(given, { T: '${env:A}!', OTHER: 'x' }, context)).toEqual({
			command: '/home/p/bin/s',
			args: ['/ws/a', '$&', '${'],
			cwd: '/ws/sub',
			env: { T: '1!' },
		});
	});
});

describe('variables in attacker-controlled texts', () => {
	it('thousands that do not end are looked through once', () => {
		const began = processorMs();
		expect(variablesIn('${'.repeat(1_000_000))).toEqual([]);
		expect(secretsOfUrl(`https://a/${'?'.repeat(100_000)}`)).toEqual([]);
		expect(processorMs() - began).toBeLessThan(2000);
	});

	it('are what stands between the first brace and the next that closes', () => {
		expect(variablesIn('a${b}c${d${e}f}${')).toEqual(['b', 'd${e']);
	});
});
