import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grant, type GrantBinding } from '../../../src/domain/approval/grant';
import { type GrantCall } from '../../../src/domain/approval/grantCall';
import { grantCovers, reachOf } from '../../../src/domain/approval/grantReach';
import { type JsonObject } from '../../../src/base/json';
import { type PathFact } from '../../../src/domain/policy/facts';
import { findUrls } from '../../../src/domain/policy/findUrls';
import { scopesOf } from '../../../src/firewall/approvalRequest';

const RULES = { platform: 'posix', caseInsensitivePaths: false } as const;

const BINDING: GrantBinding = {
	serverId: 'i',
	serverName: 'files',
	tool: 'delete_file',
	capability: 'filesystem.delete',
	toolDigest: 't',
	entryDigest: 'e',
	policyDigest: 'p',
	askedBy: 'r',
};

const at = (path: string, more: Partial<PathFact> = {}): PathFact => ({
	pointer: '/path',
	raw: path,
	candidates: [path],
	...more,
});

const call = (paths: readonly PathFact[], digest = JSON.stringify(paths)): GrantCall => ({
	session: 's',
	workspace: 'w',
	binding: BINDING,
	digest,
	paths,
	possiblePaths: [],
	urls: [],
});

const granted = (given: GrantCall): Grant => ({
	id: 'g',
	scope: 'session',
	session: 's',
	binding: BINDING,
	reach: reachOf(given),
	madeAt: 0,
});

const covers = (given: GrantCall, asked: GrantCall) => grantCovers(granted(given), asked, 1, RULES);

describe('APPR-02 what a yes for one file reaches', () => {
	it('files below its folder, and not the folder itself', () => {
		expect(covers(call([at('/ws/a.txt')]), call([at('/ws/notes/b.txt')]))).toBe('covers');
		expect(covers(call([at('/ws/a.txt')]), call([at('/ws')]))).toBe('other');
		expect(covers(call([at('/ws/a.txt')]), call([at('/other')]))).toBe('other');
	});

	it('no tree: a call that goes down is covered by a yes to that very call alone', () => {
		const tree = call([at('/ws/src', { recursive: true })]);
		expect(covers(call([at('/ws/a.txt')]), tree)).toBe('other');
		expect(reachOf(tree).kind).toBe('call');
		expect(covers(tree, tree)).toBe('covers');
		expect(covers(tree, call([at('/ws/src/b.txt')]))).toBe('other');
	});

	it('what lies right below a root is the very call: nobody means the whole disk', () => {
		const top = call([at('/swapfile')]);
		expect(covers(top, top)).toBe('covers');
		expect(covers(top, call([at('/etc')]))).toBe('other');
	});

	it.each(['C:/notes.txt', '//host/share/notes.txt'])('nor the whole of a drive or share: %s', path => {
		const top = call([at(path)]);
		expect(reachOf(top).kind).toBe('call');
		expect(covers(top, call([at(`${path.slice(0, path.lastIndexOf('/'))}/Windows/x.dll`)]))).toBe('other');
		const below = path.replace('notes', 'a/notes');
		expect(reachOf(call([at(below)]))).toEqual({
			kind: 'folders',
			folders: [below.slice(0, below.lastIndexOf('/'))],
		});
	});

	it('nothing beside the paths that may be another place: names, globs, addresses', () => {
		const given = call([at('/ws/notes/a.md')]);
		const beside = (more: Partial<GrantCall>) => ({ ...call([at('/ws/notes/b.md')]), ...more });
		expect(covers(given, beside({}))).toBe('covers');
		expect(covers(given, beside({ possiblePaths: [at('/ws/notes/c')] }))).toBe('covers');
		expect(covers(given, beside({ possiblePaths: [at('/ws/.env')] }))).toBe('other');
		expect(covers(given, beside({ paths: [at('/ws/notes/b', { globs: ['/ws/notes/*'] })] }))).toBe('other');
		expect(covers(given, beside({ urls: findUrls({ server: 'evil.example' }) }))).toBe('other');
		expect(covers(given, beside({ urls: findUrls({ url: 'https://evil.example/' }) }))).toBe('other');
	});

	it('a host, and no second one under another name', () => {
		const request = (args: JsonObject): GrantCall => ({
			...call([]),
			...{
				binding: { ...BINDING, capability: 'network.request' },
				digest: JSON.stringify(args),
				urls: findUrls(args),
			},
		});
		const given = request({ url: 'https://ok.example/a' });
		const grant: Grant = { ...granted(given), binding: given.binding };
		const asked = (args: JsonObject) => grantCovers(grant, request(args), 1, RULES);
		expect(asked({ url: 'https://ok.example/b' })).toBe('covers');
		expect(asked({ url: 'https://ok.example/b', note: 'ok.example' })).toBe('covers');
		expect(asked({ url: 'https://ok.example/b', via: '10.0.0.1' })).toBe('other');
		expect(asked({ url: 'https://ok.example/b', proxy: 'evil.example' })).toBe('other');
	});

	it('property: never a path that is not strictly below the folder of an approved one', () => {
		const segment = fc.constantFrom('a', 'b', 'c');
		const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(parts => `/${parts.join('/')}`);
		fc.assert(
			fc.property(path, path, fc.boolean(), (given, asked, recursive) => {
				const verdict = covers(call([at(given)]), call([at(asked, recursive ? { recursive } : {})], asked));
				const folder = given.slice(0, given.lastIndexOf('/'));
				expect(verdict === 'covers').toBe(folder !== '' && !recursive && asked.startsWith(`${folder}/`));
			}),
		);
	});
});

describe('PATH-18 what is built in to be seen by a person', () => {
	const verdict = { effect: 'require_approval', capability: 'c.d', reason: 'r', rules: [], errors: [] } as const;
	it('is asked each time, whatever the rules offer', () => {
		const protection = { id: 'build-files', effect: 'require_approval', reason: 'It runs code.' } as const;
		expect(scopesOf(verdict, true)).toEqual(['once', 'session', 'workspace']);
		expect(scopesOf({ ...verdict, protection }, true)).toEqual(['once']);
		expect(scopesOf({ ...verdict, protection, approval: { scopes: ['session'] } }, true)).toEqual(['once']);
	});
});
