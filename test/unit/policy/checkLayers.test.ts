import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkLayers } from '../../../src/cli/checkLayers';
import { layeredFiles, type LayerOptions, readLayerOptions } from '../../../src/cli/layerOptions';
import { nodeSha256 } from '../../../src/storage/system';

const folder = mkdtempSync(join(tmpdir(), 'mcpfw-check-'));
afterAll(() => {
	rmSync(folder, { recursive: true });
});
let counter = 0;
const write = (text: string) => {
	const file = join(folder, `c${String(counter++)}.yaml`);
	writeFileSync(file, text, { mode: 0o644 });
	return file;
};
const systemFile = join(folder, 'no-system.yaml');
const compositionFile = resolve('policies/composition.yaml');
const check = (file: string, options: Partial<LayerOptions> & { readonly workspace?: string }) => {
	const lines: string[] = [];
	const all = { workspacePolicies: [], trustedDigests: [], systemFile, compositionFile, ...options };
	const code = checkLayers(file, all, { stdout: line => lines.push(line), stderr: line => lines.push(line) });
	return { code, lines, text: lines.join('\n') };
};

describe('policy check of a file alone', () => {
	it('unreadable: 2, by its name', () => {
		const gone = join(folder, 'gone.yaml');
		const { code, text } = check(gone, {});
		expect(code).toBe(2);
		expect(text).toContain(`${gone}:1:1: error syntax: The policy file does not exist.`);
	});
	it('invalid: 2, with the place, and no line of layers', () => {
		const bad = write('deny:\n  - Shell\n');
		const { code, lines } = check(bad, {});
		expect(code).toBe(2);
		expect(lines[0]).toContain(`${bad}:2:5: error invalid-capability: 'Shell'`);
		expect(lines.slice(1)).toEqual([`${bad}: invalid, everything would be denied: 1 error, 0 warnings`]);
	});
	it('warnings: 0, also about rules whose time has passed', () => {
		const old = write("allow:\n  - '*'\n  - {capability: a.b, until: 2020-01-01}\n");
		const { code, lines, text } = check(old, {});
		expect(code).toBe(0);
		expect(text).toContain('warning too-broad');
		expect(text).toContain('warning expired');
		expect(lines.at(-1)).toMatch(/: valid, 2 rules, mode enforce: 0 errors, \d warnings$/);
	});
	it("the machine's own file counts, and compositions do where the policy asks for them", () => {
		const system = write('deny: [a.b]\n');
		const { lines } = check(write('allow: [a.b]\n'), { systemFile: system });
		expect(lines.some(line => line.startsWith(`organisation ${system}: 1 rule`))).toBe(true);
		const composed = check(write('composition: deny\nallow: [a.b]\n'), {});
		expect(composed.lines.at(-1)).toMatch(/: valid, 1 rule and \d+ compositions, mode enforce: 0 errors/);
	});
	it('without a workspace no rule is said to reach out of it', () => {
		const wide = write('allow:\n  - {capability: filesystem.write, path_prefix: /srv}\n');
		expect(check(wide, {}).text).not.toContain('wider-than-workspace');
		expect(check(wide, { workspace: folder }).text).toContain('wider-than-workspace');
	});
});

describe('policy check with layers', () => {
	const base = write('allow: [a.b]\n');
	const text = 'deny: [c.c]\nallow: [n.n, m.m]\n';
	it('says of each file what counts of it, and where the rules are that do not', () => {
		const workspace = write(text);
		const organisation = write('deny: [a.b]\n');
		const { code, lines } = check(base, { organisation, workspacePolicies: [workspace] });
		expect(code).toBe(0);
		expect(lines.filter(line => line.startsWith(`${workspace}:2:`) && line.includes('ignored'))).toHaveLength(2);
		expect(lines).toContain(
			`workspace ${workspace}: 3 rules, only tightens, 2 allow rules ignored, sha256 ${nodeSha256(text)}`,
		);
		expect(lines.findIndex(line => line.startsWith('organisation '))).toBeLessThan(
			lines.findIndex(line => line.startsWith('user ')),
		);
		expect(lines.at(-1)).toBe('together: valid, 3 rules: 0 errors, 2 warnings');
	});
	it('counts only allow rules, and nothing else that has no effect', () => {
		const mixed = 'deny: [{capability: c.c, until: 2027-01-31}]\nallow: [n.n]\nidentity: {mode: observe}\n';
		const { text: told, lines } = check(base, { workspacePolicies: [write(mixed)] });
		expect(lines.filter(line => line.includes(' warning ignored: '))).toHaveLength(2);
		expect(told).toContain('only tightens, 1 allow rule ignored, sha256');
	});
	it('a trusted digest makes that very text count', () => {
		const workspace = write(text);
		const trusted = check(base, { workspacePolicies: [workspace], trustedDigests: [nodeSha256(text)] });
		expect(trusted.text).toContain(`workspace ${workspace}: 3 rules, allows and tightens, sha256`);
		expect(trusted.text).not.toContain('ignored');
		const other = check(base, { workspacePolicies: [workspace], trustedDigests: [nodeSha256('other')] });
		expect(other.text).toContain('2 allow rules ignored');
	});
	it.each(['organisation', 'workspace'])('a file of the %s that was named and is not there: 2', kind => {
		const gone = join(folder, 'gone.yaml');
		const { code, text: told } = check(
			base,
			kind === 'organisation' ? { organisation: gone } : { workspacePolicies: [gone] },
		);
		expect(code).toBe(2);
		expect(told).toContain(`${gone}:1:1: error syntax: The policy file does not exist.`);
	});
	it('AUD-12 how a file is called turns no line round', () => {
		const loose = join(folder, 'turned\u202e.yaml');
		writeFileSync(loose, 'deny: [X]\n', { mode: 0o644 });
		const { lines, text } = check(base, { organisation: loose });
		expect(lines.filter(line => line.includes(String.raw`turned\u202e.yaml`))).toHaveLength(2);
		expect(text).not.toMatch(/\p{Cf}/u);
	});
	it('the machine’s own file counts without being named', () => {
		const { text: told } = check(base, { systemFile: write('deny: [a.b]\n') });
		expect(told).toContain('organisation ');
	});
	it('--workspace finds rules that reach out of it', () => {
		const wide = write('allow:\n  - {capability: filesystem.read, path_prefix: /etc}\n');
		expect(check(wide, { workspace: folder }).text).toContain('warning wider-than-workspace');
		expect(check(wide, {}).text).not.toContain('wider-than-workspace');
		for (const preset of ['balanced', 'strict', 'observe']) {
			expect(check(resolve('policies', `${preset}.yaml`), { workspace: folder }).text).toContain('0 warnings');
		}
	});
});

describe('the options of layers', () => {
	it('a digest that is none is refused, not ignored', () => {
		for (const digest of ['', 'abc', 'g'.repeat(64), `${'a'.repeat(64)} `]) {
			expect(() => readLayerOptions({ 'trust-digest': [digest] })).toThrow(/64 hexadecimal/);
		}
		expect(readLayerOptions({ 'trust-digest': ['A'.repeat(64)] }).trustedDigests).toEqual(['a'.repeat(64)]);
	});
	it('without a trusted digest no workspace is trusted; what is named has to be there', () => {
		const plain = readLayerOptions({ organisation: 'o.yaml', 'workspace-policy': ['w.yaml'] });
		const files = layeredFiles('p.yaml', plain);
		expect(files.trust).toMatchObject({ workspaceTrusted: false });
		expect(files.required).toEqual([resolve('o.yaml'), resolve('w.yaml')]);
		expect(files.organisation).toHaveLength(2);
	});
});
