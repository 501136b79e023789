import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realPathResolver } from '../../../src/storage/realPath';
import { runs } from '../support/runs';
import { HOST, read, verdictOf, WINDOWS } from './support';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'the host of the policy is one of POSIX');
/** Where there is what it needs. */
const test = it.skipIf(noPosix);

/** Percent-encodes the characters that `which` names (bit by bit, again from its start), `layers` times over. */
function encoded(text: string, which: readonly boolean[], layers: number): string {
	let current = text;
	for (let layer = 0; layer < layers; layer++) {
		const source = current;
		current = Array.from(source, (char, at) =>
			which[at % which.length] === true || char === '%'
				? Array.from(new TextEncoder().encode(char), byte => `%${byte.toString(16).padStart(2, '0')}`).join('')
				: char,
		).join('');
	}
	return current;
}

const gap = fc.constantFrom('/', '//', '/./', '/x/../', '/././', '/x/y/../../', '/ws/../');
const bits = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });
const layers = fc.integer({ min: 0, max: 3 });
const start = fc.constantFrom('', 'file://', 'file://localhost', 'FILE:', ' ', '/proc/self/root');

let base: string;
beforeAll(() => {
	base = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-firewall-')));
	mkdirSync(join(base, 'ws/sub'), { recursive: true });
	mkdirSync(join(base, 'ws/caf\u00e9 x/deep'), { recursive: true });
	writeFileSync(join(base, 'ws/caf\u00e9 x/deep/key'), '');
	symlinkSync(join(base, 'ws/caf\u00e9 x'), join(base, 'ws/straight'));
	symlinkSync('straight', join(base, 'ws/chain'));
	symlinkSync('../chain/deep', join(base, 'ws/sub/deep'));
	symlinkSync(join(base, 'ws'), join(base, 'other'));
});
afterAll(() => {
	rmSync(base, { recursive: true });
});

describe('any canonical alias of a denied path is denied (PATH-01 to PATH-17, PATH-22)', () => {
	test('on a real disk: links and chains of links, dots, layers of encoding, Unicode forms, URIs', async () => {
		const policy = `deny:\n  - {capability: filesystem.read, path_prefix: "${base}/ws/caf\u00e9 x"}\nallow: [filesystem.read]\n`;
		const host = { ...HOST, workspaceFolders: [`${base}/ws`] };
		let byRule = 0;
		const deny = async (path: string) => {
			const { effect, rule } = await verdictOf(
				policy,
				read(path, { host, root: `${base}/ws`, resolver: realPathResolver }),
			);
			byRule += rule === undefined ? 0 : 1;
			return effect;
		};
		const way = fc.constantFrom(
			['ws', 'caf\u00e9 x'],
			['ws', 'cafe\u0301 x'],
			['ws', 'straight'],
			['ws', 'chain'],
			['ws', 'sub', 'deep', '..'],
			['other', 'chain'],
			['other', 'sub', '..', 'straight'],
			['other', 'caf\u00e9 x'],
		);
		const below = fc.constantFrom([], ['deep'], ['deep', 'key'], ['new', 'file'], ['deep', '..', 'x']);
		await fc.assert(
			fc.asyncProperty(
				way,
				below,
				fc.array(gap, { minLength: 6, maxLength: 6 }),
				start,
				bits,
				layers,
				async (to, more, gaps, head, which, deep) => {
					const names = [...to, ...more];
					// A link in front of `..` leads elsewhere by the text than on the disk; both are read, so nothing is lost.
					const tail = names.map((name, at) => `${gaps[at % gaps.length] ?? '/'}${name}`).join('');
					const path = `${head}${base}${encoded(tail, which, deep)}`;
					expect(await deny(path), path).toBe('deny');
				},
			),
			runs(400),
		);
		// Most aliases are recognised as the place that is denied, not merely given up on.
		expect(byRule).toBeGreaterThan(runs(400).numRuns / 2);
		expect(await deny(`${base}/ws/sub/plain`)).toBe('allow');
		expect(await deny(`${base}/ws/caf\u00e9`)).toBe('allow');
	});
	it('where case does not count: every case and Unicode form of every segment', async () => {
		const host = { ...HOST, caseInsensitivePaths: true };
		const policy =
			'deny:\n  - {capability: filesystem.read, path_prefix: /srv/caf\u00e9}\nallow: [filesystem.read]\n';
		await fc.assert(
			fc.asyncProperty(
				bits,
				fc.boolean(),
				gap,
				gap,
				start,
				bits,
				layers,
				async (upper, composed, first, second, head, which, deep) => {
					const folded = Array.from('srv', (char, at) =>
						upper[at % upper.length] === true ? char.toUpperCase() : char,
					);
					const name = (upper[0] === true ? 'CAF\u00c9' : 'Caf\u00e9').normalize(composed ? 'NFC' : 'NFD');
					const path = `${head}${encoded(`${first}${folded.join('')}${second}${name}/x`, which, deep)}`;
					expect(await verdictOf(policy, read(path, { host, root: '/' })), path).toMatchObject({
						effect: 'deny',
					});
				},
			),
			runs(300),
		);
		expect(await verdictOf(policy, read('/SRV/cafe/x', { host, root: '/' }))).toMatchObject({ effect: 'allow' });
	});
	it('on Windows: drives, verbatim and rooted forms, dots and spaces behind names, both slashes, case, URIs', async () => {
		const policy =
			'deny:\n  - {capability: filesystem.read, path_prefix: "C:/srv/keys"}\nallow: [filesystem.read]\n';
		const top = fc.constantFrom(
			'C:',
			'c:',
			'\\\\?\\C:',
			'//?/c:',
			'file:///C:',
			'file:///c|',
			'file://localhost/C:',
			'',
			'C:\\a\\..',
		);
		const slash = fc.constantFrom('\\', '/', '\\\\', '\\.\\', '/x/../', '\\x\\..\\');
		const after = fc.constantFrom('', '.', ' ', '...', ' .');
		await fc.assert(
			fc.asyncProperty(
				top,
				slash,
				slash,
				slash,
				after,
				fc.constantFrom('srv', 'SRV', 'sRv'),
				fc.constantFrom('keys', 'KEYS', 'Keys'),
				bits,
				layers,
				async (drive, one, two, three, dots, srv, keys, which, deep) => {
					// Right behind nothing two slashes would name a share.
					const lead = drive === '' && one === '\\\\' ? '\\' : one;
					const path = `${drive}${encoded(`${lead}${srv}${dots}${two}${keys}${dots}${three}id`, which, deep)}`;
					const verdict = await verdictOf(policy, read(path, { host: WINDOWS, root: 'C:\\ws' }));
					expect(verdict, path).toMatchObject({ effect: 'deny' });
				},
			),
			runs(400),
		);
		expect(await verdictOf(policy, read('C:\\srv\\keysx\\id', { host: WINDOWS, root: 'C:\\ws' }))).toMatchObject({
			effect: 'allow',
		});
	});
});
