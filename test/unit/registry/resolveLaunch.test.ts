import { describe, expect, it } from 'vitest';
import { type StdioLaunch } from '../../../src/domain/registry/launch';
import { resolveHttpLaunch, resolveLaunch } from '../../../src/domain/registry/resolveLaunch';

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

	it.each([
		[{ url: 'https://${input:x}/' }, { 'X-Key': 'k' }, 'a variable of the launch has no value here'],
		[{}, {}, 'no value is stored for the header X-Key'],
	])('is a problem, not a guess: %j %j', (fields, values, problem) => {
		expect(resolveHttpLaunch({ ...http, ...fields }, values, context)).toEqual({ problem });
	});
});

describe('resolveLaunch', () => {
	it.each([
		[launch({ args: ['${env:MISSING}'] }), {}, '${env:MISSING} has no value here'],
		[launch({ args: ['${env:toString}'] }), {}, '${env:toString} has no value here'],
		[launch({ args: ['${input:x}'] }), {}, 'a variable of the launch has no value here'],
		[launch({ env: ['TOKEN'] }), {}, 'no value is stored for the environment variable TOKEN'],
		[launch({ env: ['valueOf'] }), {}, 'no value is stored for the environment variable valueOf'],
		[launch({ command: '${env:E}' }), {}, '${env:E} has no value here'],
	])('is a problem, not a guess: %j', (given, values, problem) => {
		expect(resolveLaunch(given, values, context)).toEqual({ problem });
	});

	it('needs an open folder for ${workspaceFolder}', () => {
		const closed = { userHome: context.userHome, env: context.env };
		expect(resolveLaunch(launch({ args: ['${workspaceFolder}'] }), {}, closed)).toEqual({
			problem: '${workspaceFolder} has no value here',
		});
		expect(resolveLaunch(launch({}), {}, closed)).toMatchObject({ cwd: '/home/p' });
	});

	it('resolves once: a value that looks like a variable stays text', () => {
		expect(resolveLaunch(launch({ args: ['${env:EVIL}'] }), {}, context)).toMatchObject({
			args: ['${userHome} ${env:A}'],
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
