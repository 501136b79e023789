import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { decide } from '../../../src/domain/policy/decide';
import { PolicyFiles } from '../../../src/storage/policyFiles';
import { type PolicyFilesOptions } from '../../../src/storage/policyReading';
import { factsOf } from '../policy/support';

const folder = mkdtempSync(join(tmpdir(), 'mcp-firewall-'));
const open: PolicyFiles[] = [];
afterEach(() => {
	open.splice(0).forEach(files => {
		files.dispose();
	});
});
afterAll(() => {
	rmSync(folder, { recursive: true });
});
let counter = 0;
const file = (text: string) => {
	const path = join(folder, `p${String(counter++)}.yaml`);
	writeFileSync(path, text);
	return path;
};
const policyOf = (options: PolicyFilesOptions) => {
	const files = new PolicyFiles(options);
	open.push(files);
	return files;
};
const effect = async (files: PolicyFiles, capability: string) =>
	decide(files.current(), { ...(await factsOf(files.current(), { capability })), labels: new Set(['secret']) })
		.effect;

describe('PolicyFiles', () => {
	it('a missing file denies everything, missing layers do not', async () => {
		expect(await effect(policyOf({ base: join(folder, 'none'), workspace: [] }), 'a.b')).toBe('deny');
		const base = file('allow: [a.b]\n');
		const gone = join(folder, 'none');
		expect(await effect(policyOf({ base, workspace: [gone], organisation: [gone] }), 'a.b')).toBe('allow');
	});
	it('an unreadable layer denies everything', async () => {
		const base = file('allow: [a.b]\n');
		expect(await effect(policyOf({ base, workspace: [file('deny: {')] }), 'a.b')).toBe('deny');
		expect(await effect(policyOf({ base, workspace: [], organisation: [folder] }), 'a.b')).toBe('deny');
	});
	it('layers in their order; a workspace allows once its digest is trusted', async () => {
		const base = file('allow: [a.b]\n');
		const workspace = [file('allow: [n.n]\n')];
		const organisation = [file('deny: [a.b]\n')];
		const plain = policyOf({ base, workspace, organisation });
		expect([await effect(plain, 'a.b'), await effect(plain, 'n.n')]).toEqual(['deny', 'deny']);
		const digest = plain.files().at(-1)?.digest ?? '';
		const trust = { workspaceTrusted: true, trustedDigests: new Set([digest]) };
		expect(await effect(policyOf({ base, workspace, trust }), 'n.n')).toBe('allow');
	});
	it('compositions follow the policy, and a missing catalogue denies where they are on', async () => {
		const catalogue = file('compositions:\n  - {capability: a.b, labels: [secret]}\n');
		const on = file('composition: require_approval\nallow: [a.b]\n');
		const off = file('allow: [a.b]\n');
		const gone = join(folder, 'none');
		expect(await effect(policyOf({ base: on, workspace: [], composition: catalogue }), 'a.b')).toBe(
			'require_approval',
		);
		expect(await effect(policyOf({ base: off, workspace: [], composition: catalogue }), 'a.b')).toBe('allow');
		expect(await effect(policyOf({ base: on, workspace: [], composition: gone }), 'a.b')).toBe('deny');
		expect(await effect(policyOf({ base: off, workspace: [], composition: gone }), 'a.b')).toBe('allow');
	});
	it('POL-08 a changed file is in force within a second, and has another digest', async () => {
		const base = file('allow: [a.b]\n');
		const files = policyOf({ base, workspace: [] });
		const before = files.current().digest;
		const fired = vi.fn();
		files.onDidChange(fired);
		writeFileSync(`${base}.new`, 'deny: [a.b]\n');
		renameSync(`${base}.new`, base);
		await vi.waitFor(
			() => {
				expect(fired).toHaveBeenCalled();
			},
			{ timeout: 1000 },
		);
		expect(files.current().digest).not.toBe(before);
		expect(await effect(files, 'a.b')).toBe('deny');
	});
});
