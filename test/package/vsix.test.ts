import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { brotliDecompressSync, inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const root = process.cwd();
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	readonly name: string;
	readonly version: string;
	readonly main: string;
	readonly bin: Readonly<Record<string, string>>;
	readonly icon: string;
	readonly galleryBanner: { readonly color: string; readonly theme: string };
	readonly categories: readonly string[];
	readonly keywords: readonly string[];
	readonly license: string;
	readonly pricing: string;
	readonly qna: string;
};
const file = join(root, `${manifest.name}-${manifest.version}.vsix`);

/** The files of a ZIP archive (APPNOTE 4.3.12, 4.3.16): names and contents. */
function unzip(bytes: Buffer): Map<string, () => Buffer> {
	const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
	const files = new Map<string, () => Buffer>();
	let at = bytes.readUInt32LE(end + 16);
	for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
		const method = bytes.readUInt16LE(at + 10);
		const packed = bytes.readUInt32LE(at + 20);
		const nameLength = bytes.readUInt16LE(at + 28);
		const skip = bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
		const local = bytes.readUInt32LE(at + 42);
		files.set(bytes.toString('utf8', at + 46, at + 46 + nameLength), () => {
			const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
			const data = bytes.subarray(start, start + packed);
			return method === 0 ? data : inflateRawSync(data);
		});
		at += 46 + nameLength + skip;
	}
	return files;
}

let bytes: Buffer;
let files: Map<string, () => Buffer>;

beforeAll(() => {
	if (!existsSync(file)) {
		const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
		run('esbuild.mjs', '--minify');
		run('scripts/package.mjs');
	}
	bytes = readFileSync(file);
	files = unzip(bytes);
}, 180_000);

describe('the VSIX', () => {
	it('holds exactly this: no sources, no tests, no modules', () => {
		expect([...files.keys()].sort()).toEqual([
			'[Content_Types].xml',
			'extension.vsixmanifest',
			'extension/ARCHITECTURE.md',
			'extension/CONTRIBUTING.md',
			'extension/LICENSE.txt',
			'extension/SECURITY.md',
			'extension/SUPPORT.md',
			'extension/THIRD-PARTY-NOTICES.txt',
			'extension/changelog.md',
			'extension/dist/cli.cjs',
			'extension/dist/connect.cjs',
			'extension/dist/core.cjs',
			'extension/dist/editor.cjs',
			'extension/dist/extension.cjs',
			'extension/dist/jose.cjs',
			'extension/dist/pageTexts.json',
			'extension/dist/panel.js',
			'extension/dist/review.js',
			'extension/dist/signIn.cjs',
			'extension/dist/sql-wasm.wasm.br',
			'extension/dist/sql.cjs',
			'extension/dist/trust.js',
			'extension/dist/verify-trail.cjs',
			'extension/docs/README.md',
			'extension/docs/architecture-for-newcomers.md',
			'extension/docs/at-scale.md',
			'extension/docs/audit-verification.md',
			'extension/docs/organisations.md',
			'extension/docs/policy-reference.md',
			'extension/docs/recipes/README.md',
			'extension/docs/threat-model.md',
			'extension/docs/workspaces.md',
			'extension/l10n/bundle.l10n.de.json',
			'extension/media/activity.svg',
			'extension/media/icon.png',
			'extension/media/screenshot-approval.png',
			'extension/media/screenshot-panel.png',
			'extension/media/screenshot-review.png',
			'extension/media/screenshot-trust.png',
			'extension/media/walkthrough/approval.svg',
			'extension/media/walkthrough/call.svg',
			'extension/media/walkthrough/guard.svg',
			'extension/media/walkthrough/trail.svg',
			'extension/package.json',
			'extension/package.nls.de.json',
			'extension/package.nls.json',
			'extension/policies/README.md',
			'extension/policies/balanced.yaml',
			'extension/policies/composition.yaml',
			'extension/policies/observe.yaml',
			'extension/policies/policy.schema.json',
			'extension/policies/strict.yaml',
			'extension/readme.md',
		]);
	});

	it('holds every file that its README shows or links to', () => {
		const readme = files.get('extension/readme.md')!().toString('utf8');
		// Only in the repository's own: the VSIX may have 2 MB.
		expect(readme).not.toContain('demo.gif');
		const targets = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(
			([, target = '']) => `extension/${target.toLowerCase()}`,
		);
		const held = [...files.keys()].map(name => name.toLowerCase());
		expect(targets.length).toBeGreaterThan(4);
		expect(targets.filter(target => !held.includes(target))).toEqual([]);
	});

	it('is packaged without a warning', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'mcp-firewall-package-'));
		onTestFinished(() => rm(folder, { recursive: true, force: true }));
		const out = join(folder, 'out.vsix');
		const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/package.mjs', '--out', out], {
			cwd: root,
			encoding: 'utf8',
		});
		expect(status, stderr).toBe(0);
		expect(stdout).toContain('Packaged');
		expect(`${stdout}${stderr}`).not.toMatch(/warn/i);
	}, 120_000);

	it('says what the Marketplace shows of it', () => {
		const { icon, galleryBanner, categories, keywords, license, pricing, qna } = manifest;
		const png = files.get(`extension/${icon}`)!();
		expect(Math.min(png.readUInt32BE(16), png.readUInt32BE(20))).toBeGreaterThanOrEqual(128);
		expect(galleryBanner.color).toMatch(/^#[0-9a-f]{6}$/);
		expect(['dark', 'light']).toContain(galleryBanner.theme);
		// Of the list of https://code.visualstudio.com/api/references/extension-manifest.
		expect(categories).toEqual(['AI', 'Chat', 'Other']);
		expect(keywords.length).toBeLessThanOrEqual(30);
		expect(new Set(keywords).size).toBe(keywords.length);
		expect([license, pricing, qna]).toEqual(['MIT', 'Free', 'marketplace']);
	});

	it('is smaller than 2 MB', () => {
		expect(bytes.length).toBeLessThan(2_000_000);
	});

	it('holds the SQLite of sql.js, byte for byte, packed', () => {
		const packed = files.get('extension/dist/sql-wasm.wasm.br')!();
		const original = readFileSync('node_modules/sql.js/dist/sql-wasm.wasm');
		expect(Buffer.compare(brotliDecompressSync(packed), original)).toBe(0);
	});

	it('holds what package.json points to', () => {
		for (const path of [manifest.main, ...Object.values(manifest.bin)]) {
			expect(files.has(`extension/${path.replace(/^\.\//, '')}`)).toBe(true);
		}
	});

	it('holds every file that its code asks for, and the command line runs from there alone', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'mcp-firewall-vsix-'));
		onTestFinished(() => rm(folder, { recursive: true, force: true }));
		for (const [name, content] of files) {
			await mkdir(join(folder, dirname(name)), { recursive: true });
			await writeFile(join(folder, name), content());
		}
		const cli = join(folder, 'extension', manifest.bin['mcp-firewall']!);
		expect(execFileSync(process.execPath, [cli, '--help'], { encoding: 'utf8' })).toMatch(
			/^MCP Firewall, headless/,
		);
		const database = join(folder, 'trail.sqlite');
		const args = ['audit', 'export', 'docs/audit-example', '--format', 'sqlite', '--out', database];
		execFileSync(process.execPath, [cli, ...args], { stdio: 'pipe' });
		expect(readFileSync(database).toString('latin1', 0, 15)).toBe('SQLite format 3');
		const asked = [...files].flatMap(([name, content]) =>
			name.endsWith('.cjs')
				? [
						...content()
							.toString('utf8')
							.matchAll(/require\("\.\/([\w.-]+)"\)/g),
					]
				: [],
		);
		const there = asked.map(([, name = '']) => name).filter(name => !name.startsWith('index-BDn'));
		expect(there).toContain('core.cjs');
		expect(there.filter(name => !files.has(`extension/dist/${name}`))).toEqual([]);
	});

	it('starts with a small file, which reads the rest after it gave the turn back', async () => {
		const door = files.get(`extension/${manifest.main.replace('./', '')}`)!();
		expect(door.length).toBeLessThan(2048);
		const code = door.toString('utf8');
		expect([...code.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name)).toEqual(['./editor.cjs']);
		const turns: string[] = [];
		const asked: string[] = [];
		const module = {
			exports: {} as { activate: (context: string) => Promise<void>; deactivate: () => Promise<void> },
		};
		const require = (name: string) => {
			asked.push(name);
			return {
				activate: (context: string) => Promise.resolve(turns.push(`open ${context}`)),
				deactivate: () => Promise.resolve(turns.push('closed')),
			};
		};
		const run = new Script(`(function (module, exports, require) {${code}\n})`).runInThisContext() as (
			...parts: readonly unknown[]
		) => void;
		run(module, module.exports, require);
		await module.exports.deactivate();
		const opening = module.exports.activate('here');
		expect(asked).toEqual([]);
		await opening;
		await module.exports.deactivate();
		expect([asked, turns]).toEqual([['./editor.cjs'], ['open here', 'closed']]);
	});

	it('shows how it works in a moving picture, in the repository', () => {
		const [, words = ''] = /^!\[([^\]]*)\]\(media\/demo\.gif\)$/m.exec(readFileSync('README.md', 'utf8'))!;
		expect(words.length).toBeGreaterThan(80);
		const picture = readFileSync('media/demo.gif');
		expect(picture.toString('latin1', 0, 6)).toBe('GIF89a');
		expect(picture.length).toBeLessThanOrEqual(600_000);
	});

	it('loads sql.js, jose, and what signs in to servers, only once somebody asks', () => {
		const later = /Promise\.resolve\(\)\.then\(\(\)=>[\w$]+\(require\("\.\/(?:sql|signIn|jose)\.cjs"\)/g;
		for (const name of ['extension', 'cli', 'core']) {
			const text = files.get(`extension/dist/${name}.cjs`)!().toString('utf8');
			expect(text.replaceAll(later, '')).not.toMatch(
				/(?:sql|signIn|jose)\.cjs|registration_endpoint|_sqlite3_open|ERR_JWS_/,
			);
		}
		expect(files.get('extension/dist/signIn.cjs')!().toString('utf8')).toContain('registration_endpoint');
	});

	it('says nothing of the machine that built it, and maps no sources', () => {
		const code = [...files.keys()].filter(name => /\/dist\/.*js$/.test(name));
		expect(code.length).toBeGreaterThan(5);
		for (const name of code) {
			const text = files.get(name)!().toString('utf8');
			expect(text).not.toContain('sourceMappingURL');
			expect(text).not.toContain(root);
			expect(text).not.toMatch(/\bvitest\b|@modelcontextprotocol\/sdk/);
		}
	});
});
