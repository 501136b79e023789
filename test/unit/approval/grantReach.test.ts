import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grant, type GrantBinding } from '../../../src/domain/approval/grant';
import { type GrantCall, grantCovers, reachOf } from '../../../src/domain/approval/grantReach';
import { type PathFact } from '../../../src/domain/policy/facts';
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
