import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PolicyFiles } from '../../../src/storage/policyFiles';
import { type PolicyFilesOptions } from '../../../src/storage/policyReading';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'who may write is a mode and an owner');

const folder = mkdtempSync(join(tmpdir(), 'mcpfw-org-'));
chmodSync(folder, 0o755);
afterAll(() => {
	rmSync(folder, { recursive: true });
});
let counter = 0;
const write = (text: string, mode = 0o644) => {
	const file = join(folder, `o${String(counter++)}.yaml`);
	writeFileSync(file, text);
	chmodSync(file, mode);
	return file;
};
const presets = { folder: join(__dirname, '../../../policies'), chosen: 'balanced' };
const preset = (name: string) => join(presets.folder, `${name}.yaml`);
const open = (options: Partial<PolicyFilesOptions> & { readonly base: string }) => {
	const files = new PolicyFiles({ workspace: [], presets, ...options });
	files.dispose();
	return files;
};
const codes = (files: PolicyFiles) => files.current().problems.map(({ code }) => code);
const own = write('allow: [a.a]\n');

describe('what the organisation’s file locks, as files', () => {
	it.each([
		['preset: strict', own, preset('strict')],
		['preset: strict', preset('observe'), preset('strict')],
		['policyFile: false', own, preset('balanced')],
		['policyFile: false', preset('observe'), preset('observe')],
		['prompts: both', own, own],
	])('%s over %s puts %s in force', (text, base, inForce) => {
		expect(open({ base, organisation: [write(`settings: {${text}}\n`)] }).reading().base).toBe(inForce);
	});
	it('policyFile names a file for everybody, before the preset', () => {
		const everybody = write('deny: [b.b]\n');
		const organisation = [write(`settings: {preset: observe, policyFile: '${everybody}'}\n`)];
		const files = open({ base: own, organisation });
		expect(files.layers().map(({ load }) => load.file)).toEqual([organisation[0], everybody]);
		expect(files.current().policy?.mode).toBe('enforce');
	});
	it('INVARIANT 4 anybody else’s section counts for nothing, and says so', () => {
		const loose = write('settings: {preset: observe, releaseWithheld: true}\nallow: [a.a]\n');
		for (const options of [{ base: loose }, { base: own, workspace: [loose] }]) {
			const files = open(options);
			expect(files.locks().locked.size).toBe(0);
			expect(codes(files)).toContain('ignored');
			expect(files.reading().base).toBe(options.base);
		}
	});
	it('INVARIANT 3 a broken file denies everything and still locks what it locked before', () => {
		const file = write('settings: {audit.retentionDays: 365}\n');
		const files = new PolicyFiles({ base: own, workspace: [], organisation: [file], presets });
		writeFileSync(file, 'settings: {audit.retentionDays: forever}\n');
		files.reload();
		expect(files.current().policy).toBeUndefined();
		expect(files.locks().locked.get('audit.retentionDays')?.value).toBe(365);
		files.dispose();
	});
	it('a person’s own broken policy loosens no lock', () => {
		const files = open({ base: write('allow: {'), organisation: [write('settings: {releaseWithheld: false}\n')] });
		expect(files.current().policy).toBeUndefined();
		expect(files.locks().locked.get('releaseWithheld')?.value).toBe(false);
	});
	it('a lock that is taken back gives the person’s own policy back', () => {
		const file = write('settings: {preset: strict}\n');
		const files = new PolicyFiles({ base: own, workspace: [], organisation: [file], presets });
		expect(files.reading().base).toBe(preset('strict'));
		writeFileSync(file, '{}\n');
		files.reload();
		expect(files.reading().base).toBe(own);
		files.dispose();
	});
});

describe.skipIf(noPosix)('whether a person can take the machine’s own file away', () => {
	const system = () => {
		const place = join(folder, `etc${String(counter++)}`);
		mkdirSync(place, { mode: 0o755 });
		const file = join(place, 'policy.yaml');
		writeFileSync(file, 'deny: [a.a]\n', { mode: 0o644 });
		return { place, file };
	};
	const asRoot = process.getuid?.() === 0;
	it('one that root alone can write is not warned about; one of somebody else is', () => {
		const { file } = system();
		expect(codes(open({ base: own, organisation: [file], system: file }))).toEqual(
			asRoot ? [] : ['writable-by-others'],
		);
	});
	it('a folder that others can write is warned about, since the file can be renamed there', () => {
		const { place, file } = system();
		chmodSync(place, 0o777);
		expect(codes(open({ base: own, organisation: [file], system: file }))).toEqual(['writable-by-others']);
		renameSync(file, `${file}.away`);
		expect(codes(open({ base: own, organisation: [file], system: file }))).toEqual([]);
	});
	it('a folder further up that others can write is warned about as well', () => {
		const { place } = system();
		const inner = join(place, 'inner');
		mkdirSync(inner, { mode: 0o755 });
		const file = join(inner, 'policy.yaml');
		writeFileSync(file, 'deny: [a.a]\n', { mode: 0o644 });
		chmodSync(place, 0o777);
		expect(codes(open({ base: own, organisation: [file], system: file }))).toEqual(['writable-by-others']);
	});
	it('a link is judged by where it leads and where it stands', () => {
		const { place, file } = system();
		const loose = system();
		chmodSync(loose.place, 0o777);
		unlinkSync(file);
		symlinkSync(loose.file, file);
		expect(codes(open({ base: own, organisation: [file], system: file }))).toEqual(['writable-by-others']);
		const tight = system();
		chmodSync(place, 0o777);
		unlinkSync(file);
		symlinkSync(tight.file, file);
		expect(codes(open({ base: own, organisation: [file], system: file }))).toEqual(['writable-by-others']);
	});
	it('INVARIANT 3 what is there and cannot be read denies: a folder in its place, a link to nowhere else', () => {
		const { place, file } = system();
		unlinkSync(file);
		mkdirSync(file);
		expect(open({ base: own, organisation: [file], system: file }).current().policy).toBeUndefined();
		const link = join(place, 'link.yaml');
		symlinkSync(link, link);
		expect(open({ base: own, organisation: [link], system: link }).current().policy).toBeUndefined();
	});
	it('a link that leads nowhere is a file that is missing where one was meant, and denies', () => {
		const { file } = system();
		unlinkSync(file);
		symlinkSync(join(folder, 'nowhere.yaml'), file);
		expect(open({ base: own, organisation: [file], system: file }).current().policy).toBeUndefined();
	});
});
