import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { decide } from '../../../src/domain/policy/decide';
import { compilePathGlob } from '../../../src/domain/policy/glob';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { coversBelow, isRecursiveCall, mayContain, pathCaution } from '../../../src/domain/policy/pathReach';
import { collectPathFacts } from '../../../src/firewall/pathFacts';
import { type PathIdentity, type PathResolver } from '../../../src/firewall/ports';
import { type Call, disk, factsOf, HOST } from './support';
import { runs } from '../support/runs';

const recursive = (tool: string, args: JsonObject = {}, capability = 'filesystem.read', schema?: JsonObject) =>
	isRecursiveCall({ tool, capability, arguments: args, schema });

describe('calls that mean a whole tree', () => {
	it.each([
		'directory_tree',
		'search_files',
		'grep',
		'findFiles',
		'list_recursive',
		'move_file',
		'rename',
		'copy_dir',
		'delete_folder',
		'rmdir',
		'zip-folder',
		'walkTree',
	])('%s does', tool => {
		expect(recursive(tool)).toBe(true);
	});
	it.each(['read_file', 'list_directory', 'list_directory_with_sizes', 'write_file', 'edit_file', 'get_file_info'])(
		'%s does not',
		tool => {
			expect(recursive(tool, { path: '/ws', depth: 1, recursive: false, offset: 10 })).toBe(false);
		},
	);
	it('by the capability', () => {
		expect(recursive('x', {}, 'filesystem.delete')).toBe(true);
		expect(recursive('x', {}, 'shell.execute')).toBe(true);
		expect(recursive('x', {}, 'filesystem.write')).toBe(false);
	});
	it.each<JsonObject>([
		{ recursive: true },
		{ isRecursive: 'true' },
		{ options: { recurse: 1 } },
		{ maxDepth: 3 },
		{ depth: 99 },
		{ glob: '**/*.ts' },
		{ pattern: 'x' },
		{ include: ['*.ts'] },
		{ flags: '-rf' },
		{ args: ['-R'] },
		{ args: ['--recursive'] },
	])('by the argument %j', args => {
		expect(recursive('list_directory', args)).toBe(true);
	});
	it.each<JsonObject>([
		{ recursive: false },
		{ recursive: 'no' },
		{ recursive: null },
		{ depth: 1 },
		{ pattern: '' },
		{ flags: '-l' },
		{ include: [] },
		{ deepness: 'x' },
	])('not by the argument %j', args => {
		expect(recursive('list_directory', args)).toBe(false);
	});
	it('by a default of the schema, unless the argument says otherwise', () => {
		const schema = { properties: { recursive: { type: 'boolean', default: true } } };
		expect(recursive('list_directory', {}, 'filesystem.read', schema)).toBe(true);
		expect(recursive('list_directory', { recursive: false }, 'filesystem.read', schema)).toBe(false);
	});
	it('ends on deep arguments, and then says yes', () => {
		const deep = (levels: number): JsonObject => (levels === 0 ? {} : { x: deep(levels - 1) });
		expect(recursive('list_directory', deep(100))).toBe(true);
	});
});

describe('what lies below', () => {
	it('coversBelow compares whole segments', () => {
		expect(coversBelow('/ws/secret', '/ws')).toBe(true);
		expect(coversBelow('/ws', '/ws')).toBe(true);
		expect(coversBelow('/ws', '/')).toBe(true);
		expect(coversBelow('/ws-x', '/ws')).toBe(false);
		expect(coversBelow('/ws', '/ws/secret')).toBe(false);
	});
	it.each([
		['**/.env', '/ws', true],
		['**/.env', '', true],
		['secret/*.txt', 'secret', true],
		['secret/*.txt', '', true],
		['secret/*.txt', 'other', false],
		['secret/*.txt', 'secret/a.txt', false],
		['secret/*.txt', 'secret/a.txt/b', false],
		['s*/x', 'src', true],
		['s*/x', 'tests', false],
		['a/**', 'b', false],
		['a/**', 'a/b/c', true],
		['{a/b,c}/d', 'x', true],
		['', '', false],
		['x', '', true],
		['x', 'x', false],
	])('mayContain(%j, %j) is %s', (glob, path, expected) => {
		expect(mayContain(glob, path)).toBe(expected);
	});
	it('mayContain is never false for a folder above a match', () => {
		const segment = fc.constantFrom('a', 'b', '.env', 'ab');
		const part = fc.constantFrom('a', '*', '**', '?', '[ab]', '{a,b}', 'a*', '.env');
		fc.assert(
			fc.property(
				fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/')),
				fc.array(segment, { minLength: 1, maxLength: 5 }),
				fc.boolean(),
				(glob, names, absolute) => {
					const outcome = compilePathGlob(glob);
					const full = absolute ? ['', ...names] : names;
					if (!outcome.ok || !outcome.glob.matches(full.join('/'))) {
						return;
					}
					for (let above = absolute ? 1 : 0; above < full.length; above++) {
						const folder = full.slice(0, above).join('/');
						expect(mayContain(glob, absolute && above === 1 ? '/' : folder), `${glob} ${folder}`).toBe(
							true,
						);
					}
				},
			),
			runs(2000),
		);
	});
	it('a caution is for paths that have a flag', () => {
		const fact = { pointer: '', raw: '', candidates: ['/a'] };
		expect(pathCaution([fact])).toBeUndefined();
		expect(pathCaution([fact, { ...fact, flags: { otherDevice: true } }])).toBe('mounted_path');
		expect(pathCaution([{ ...fact, flags: { otherDevice: true, hardLinked: true } }])).toBe('hard_linked_path');
	});
});

describe('recursive calls and denies further down', () => {
	const deny = (condition: string) =>
		`deny:\n  - {capability: filesystem.*, ${condition}}\nallow:\n  - {capability: filesystem.*}\n`;
	const onDisk = (kinds: Record<string, PathIdentity['kind']>): PathResolver => ({
		...disk(),
		identify: path => Promise.resolve({ kind: kinds[path] ?? 'missing', links: 1, device: 'a' }),
	});
	const effect = async (policy: string, tool: string, args: JsonObject, more: Partial<Call> = {}) => {
		const call: Call = {
			capability: 'filesystem.read',
			arguments: args,
			tool,
			host: { ...HOST, workspaceFolders: [] },
			...more,
		};
		const load = parsePolicy(policy, 'policy.yaml');
		const facts = await factsOf(load, call);
		const { paths } = await collectPathFacts(
			args,
			call.schema,
			call.root === undefined ? [] : [call.root],
			facts.host,
			call.resolver ?? disk(),
			call,
		);
		return decide(load, { ...facts, paths }).effect;
	};
	it('a prefix below is denied', async () => {
		const policy = deny('path_prefix: /ws/secret');
		expect(await effect(policy, 'directory_tree', { path: '/ws' })).toBe('deny');
		expect(await effect(policy, 'move_file', { source: '/ws', destination: '/x' })).toBe('deny');
		expect(await effect(policy, 'list_directory', { path: '/ws' })).toBe('allow');
		expect(await effect(policy, 'directory_tree', { path: '/ws/src' })).toBe('allow');
		expect(await effect(policy, 'list_directory', { path: '/ws', pattern: '**/*.ts' })).toBe('deny');
		expect(await effect(deny('path_prefix: /home/u/x'), 'read', { path: '/home/*/x' })).toBe('deny');
	});
	it('a glob that starts nowhere speaks of the named paths alone, or every search would be denied', async () => {
		const policy = deny("paths: ['**/.env']");
		expect(await effect(policy, 'directory_tree', { path: '/ws' })).toBe('allow');
		expect(await effect(policy, 'search_files', { path: '/ws', pattern: '*.ts' })).toBe('allow');
		expect(await effect(policy, 'search_files', { path: '/ws/.env', pattern: '*' })).toBe('deny');
	});
	it('a glob with a base that may match below is denied', async () => {
		expect(await effect(deny("paths: ['/ws/a/**']"), 'directory_tree', { path: '/ws/b' })).toBe('allow');
		expect(await effect(deny("paths: ['/ws/a/**']"), 'directory_tree', { path: '/ws' })).not.toBe('allow');
	});
	it('moving one file takes no tree along', async () => {
		const policy = deny("paths: ['/o/a.txt/*.pem']");
		const args = { source: '/o/a.txt', destination: '/o/b.txt' };
		const file = onDisk({ '/o/a.txt': 'file' });
		const folder = onDisk({ '/o/a.txt': 'directory' });
		expect(await effect(policy, 'move_file', args, { resolver: file })).toBe('allow');
		expect(await effect(policy, 'move_file', args, { resolver: folder })).not.toBe('allow');
		expect(await effect(policy, 'move_file', args, { resolver: onDisk({}) })).not.toBe('allow');
		expect(await effect(policy, 'move_file', args)).not.toBe('allow');
	});
});
