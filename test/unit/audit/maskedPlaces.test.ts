import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { MaskedPlaces } from '../../../src/domain/audit/maskedPlaces';
import { type PathFact } from '../../../src/domain/policy/facts';
import { findUrls } from '../../../src/domain/policy/findUrls';
import { HOST } from '../policy/support';

const path = (pointer: string, raw: string, ...candidates: readonly string[]): PathFact => ({
	pointer,
	raw,
	candidates: candidates.length > 0 ? candidates : [raw],
});
const shown = (args: JsonObject, ...paths: readonly PathFact[]) => {
	const places = new MaskedPlaces({ arguments: args, paths, host: HOST });
	return paths.flatMap(fact => fact.candidates.map(text => places.text(fact, text)));
};
const showsUrls = (args: JsonObject) =>
	new MaskedPlaces({ arguments: args, paths: [], host: HOST }).showsAll(findUrls(args));

describe('MaskedPlaces (invariant 6)', () => {
	it('a path under a name of secrets is hidden, the one beside it is not', () => {
		const args = { token: '/x/hunter2', credentials: { file: 'hunter2' }, path: '/x/a.md' };
		const paths = [
			path('/token', '/x/hunter2'),
			path('/credentials/file', 'hunter2', '/elsewhere/hunter2'),
			path('/path', '/x/a.md'),
		];
		expect(shown(args, ...paths)).toEqual(['[masked:place len=10]', '[masked:place len=18]', '/x/a.md']);
	});

	it('so is what is counted from it', () => {
		const args = { secret: { cwd: '/x/hunter2' }, path: 'a.md' };
		const paths = [path('/secret/cwd', '/x/hunter2', '/x/hunter2', '/real'), path('/path', 'a.md')];
		const counted = { ...paths[1]!, candidates: ['/x/hunter2/a.md', '/real/a.md', '/really/a.md'] };
		expect(shown(args, paths[0]!, counted)).toEqual([
			...['[masked:place len=10]', '[masked:place len=5]', '[masked:place len=15]', '[masked:place len=10]'],
			'/really/a.md',
		]);
	});

	it('a secret path that is a workspace folder, or a root, hides nothing else', () => {
		const [folder] = HOST.workspaceFolders;
		const args = { password: '.', secret: '/', path: 'a.md' };
		const paths = [path('/password', '.', folder!), path('/secret', '/'), path('/path', 'a.md', `${folder!}/a.md`)];
		expect(shown(args, ...paths).at(-1)).toBe(`${folder!}/a.md`);
	});

	it.each(['mask', 'secret', 'len=4]', 'e'])(
		'%j is not taken for shown because the mask has these letters',
		secret => {
			expect(shown({ password: secret }, path('/password', secret, `/ws/${secret}`))[0]).toMatch(
				/^\[masked:place/,
			);
		},
	);

	it('of a text with a secret in it, the words that the copy still has are shown', () => {
		const args = { command: 'tool --password=hunter2hunter2 -o /x/out.txt' };
		const paths = [path('/command', 'hunter2hunter2', '/ws/hunter2hunter2'), path('/command', '/x/out.txt')];
		expect(shown(args, ...paths)).toEqual(['[masked:place len=18]', '/x/out.txt']);
	});

	it('a path with a secret in it is masked in part where its form still tells, else as a whole', () => {
		const raw = '/x/token=hunter2hunter2';
		const args = { path: raw };
		expect(shown(args, path('/path', raw, raw, '/real/hunter2hunter2'))).toEqual([
			'/x/token=[masked:named-secret len=14]',
			'[masked:place len=20]',
		]);
	});

	it('URLs are shown as far as the masked copy has them', () => {
		expect(showsUrls({ url: 'https://h.example/?password=hunter2', token: 'x' })).toBe(true);
		expect(showsUrls({ password: 'https://hunter2.example/' })).toBe(false);
		expect(showsUrls({ secret: { host: 'hunter2.example' } })).toBe(false);
		expect(showsUrls({ body: '{"password":"https://hunter2.example/"}' })).toBe(false);
	});
});
