import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { decide } from '../../../src/domain/policy/decide';
import { systemPolicyFile } from '../../../src/storage/organisationFile';
import { PolicyFiles } from '../../../src/storage/policyFiles';
import { type PolicyFilesOptions } from '../../../src/storage/policyReading';
import { factsOf } from '../policy/support';
import { lacks } from '../support/machine';
import { saidBy } from '../support/saidBy';

const noPosix = lacks('posix', 'who may write is a mode');

const folder = mkdtempSync(join(tmpdir(), 'mcpfw-layers-'));
chmodSync(folder, 0o755);
afterAll(() => {
	rmSync(folder, { recursive: true });
});
let counter = 0;
const write = (text: string | Buffer, mode = 0o644) => {
	const file = join(folder, `l${String(counter++)}.yaml`);
	writeFileSync(file, text);
	chmodSync(file, mode);
	return file;
};
const gone = join(folder, 'gone.yaml');
/** The files, read once. */
const read = (options: Partial<PolicyFilesOptions> & { readonly base: string }) => {
	const files = new PolicyFiles({ workspace: [], ...options });
	files.dispose();
	return files;
};
const effect = async (files: PolicyFiles, capability: string) =>
	decide(files.current(), await factsOf(files.current(), { capability })).effect;
const codes = (files: PolicyFiles) => files.current().problems.map(({ code }) => code);

describe('the organisation’s files', () => {
	const base = write('allow: [a.a, b.b, c.c]\n');
	it('POL-07 the machine’s own and the one that was named both count', async () => {
		const system = write('deny: [a.a]\n');
		const named = write('deny: [b.b]\n');
		const files = read({ base, organisation: [system, named], required: [named], system });
		expect([await effect(files, 'a.a'), await effect(files, 'b.b'), await effect(files, 'c.c')]).toEqual([
			'deny',
			'deny',
			'allow',
		]);
		expect(files.layers().map(({ kind }) => kind)).toEqual(['organisation', 'organisation', 'user']);
	});
	it('POL-06 one that was named and is not there denies everything, and says so', async () => {
		const files = read({ base, organisation: [gone], required: [gone] });
		expect(await effect(files, 'c.c')).toBe('deny');
		expect(saidBy(files.current().problems[0])).toMatch(/named as the organisation’s policy/);
	});
	it('the machine’s own that is not there changes nothing; one that cannot be read denies', async () => {
		expect(await effect(read({ base, organisation: [gone], system: gone }), 'c.c')).toBe('allow');
		expect(await effect(read({ base, organisation: [write('deny: {')], system: gone }), 'c.c')).toBe('deny');
		expect(await effect(read({ base, organisation: [folder], system: folder }), 'c.c')).toBe('deny');
	});
	it('a path that is not absolute is no policy: nothing of ours decides what it is counted from', async () => {
		const files = read({ base, organisation: ['package.json'], required: ['package.json'] });
		expect(saidBy(files.current().problems[0])).toMatch(/must be absolute/);
		expect(await effect(files, 'c.c')).toBe('deny');
	});
	it.skipIf(noPosix)('one that others can write is warned about, and still counts', async () => {
		expect(codes(read({ base, organisation: [write('deny: [a.a]\n')] }))).toEqual([]);
		const loose = read({ base, organisation: [write('deny: [a.a]\n', 0o664)] });
		expect([codes(loose), await effect(loose, 'a.a')]).toEqual([['writable-by-others'], 'deny']);
		const open = join(folder, 'open');
		mkdirSync(open);
		chmodSync(open, 0o777);
		writeFileSync(join(open, 'p.yaml'), 'deny: [a.a]\n', { mode: 0o644 });
		expect(codes(read({ base, organisation: [join(open, 'p.yaml')] }))).toEqual(['writable-by-others']);
		chmodSync(open, 0o1777);
		expect(codes(read({ base, organisation: [join(open, 'p.yaml')] }))).toEqual([]);
	});
	it('POL-07 the machine’s own place comes from no variable that whoever starts the editor can set', () => {
		vi.stubEnv('ProgramData', folder);
		expect(systemPolicyFile('win32')).toBe('C:\\ProgramData\\MCP Firewall\\policy.yaml');
		expect(systemPolicyFile('linux')).toBe('/etc/mcp-firewall/policy.yaml');
		expect(systemPolicyFile('darwin')).toBe('/Library/Application Support/MCP Firewall/policy.yaml');
	});
});

describe('trust in a workspace’s file', () => {
	const base = write('allow: [a.b]\n');
	const text = 'allow: [n.n]\n';
	const digest = createHash('sha256').update(text).digest('hex');
	const trusting = (file: string, workspaceTrusted = true) => ({
		...{ workspaceTrusted, trustedDigests: new Set<string>(), trustedFiles: new Map([[file, digest]]) },
	});
	it('POL-07 is for one path: the same text elsewhere is another file', async () => {
		const [mine, other] = [write(text), write(text)];
		expect(await effect(read({ base, workspace: [mine], trust: trusting(mine) }), 'n.n')).toBe('allow');
		expect(await effect(read({ base, workspace: [other], trust: trusting(mine) }), 'n.n')).toBe('deny');
		const both = read({ base, workspace: [mine, other], trust: trusting(mine) });
		expect(both.layers().map(({ power }) => power)).toEqual(['grants', 'grants', 'tightens']);
	});
	it('POL-07 counts in no restricted window, and for no other text', async () => {
		const file = write(text);
		expect(await effect(read({ base, workspace: [file], trust: trusting(file, false) }), 'n.n')).toBe('deny');
		writeFileSync(file, `${text}# changed\n`);
		expect(await effect(read({ base, workspace: [file], trust: trusting(file) }), 'n.n')).toBe('deny');
	});
	it('is for bytes: a mark that no editor shows makes another digest', () => {
		const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]);
		const [layer] = read({ base: write(bytes) }).layers();
		expect(layer?.load.policy?.rules).toHaveLength(1);
		expect(layer?.load.digest).toBe(createHash('sha256').update(bytes).digest('hex'));
		expect(
			createHash('sha256')
				.update(layer?.text ?? '')
				.digest('hex'),
		).toBe(layer?.load.digest);
	});
	it('a preview says which rules an unsaved text would lose, and changes nothing', () => {
		const file = write(text);
		const files = read({ base, workspace: [file], trust: trusting(file) });
		const before = files.current();
		const { effective, layers } = files.preview(file, `${text}# typed\n`);
		expect(effective.problems.map(({ code }) => code)).toEqual(['only-tightens']);
		expect(layers.at(-1)?.power).toBe('tightens');
		expect([files.current(), codes(files)]).toEqual([before, []]);
	});
});
