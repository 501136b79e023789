import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSigner } from '../support/trailKey';
import { segmentText, StreamMaker } from '../support/trailMaker';
import { canonicalJson, type JsonObject } from '../../../src/base/json';

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const page = readFileSync(`${docs}audit-verification.md`, 'utf8');
const folder = `${docs}audit-example/trail/`;
const [name = ''] = readdirSync(folder);
const bytes = readFileSync(folder + name);
const key = readFileSync(`${docs}audit-example/trail.pub`, 'utf8').trim();
const block = (mark: string) =>
	new RegExp(`<!-- ${mark} -->\n\n\`\`\`text\n([\\s\\S]*?)\n\`\`\``).exec(page)?.[1] ?? '';

type Loose = Record<string, Value>;
type Value = null | boolean | number | string | Value[] | { [member: string]: Value };
interface Head {
	readonly stream: string;
	readonly seq: number;
	readonly hash: string;
}

// A verifier from the text of docs/audit-verification.md: nothing of the project below this line, up to `describe`.
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const canonical = (value: Value): string =>
	Array.isArray(value)
		? `[${value.map(canonical).join()}]`
		: typeof value === 'object' && value !== null
			? `{${Object.keys(value)
					.sort()
					.map(at => `${JSON.stringify(at)}:${canonical(value[at]!)}`)
					.join()}}`
			: JSON.stringify(value);
const holds = (x: string, value: Value, signature: string) =>
	verify(
		null,
		Buffer.from(canonical(value)),
		createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
		Buffer.from(signature, 'base64url'),
	);
const NAME = /^(\d{4}-\d\d-\d\d)-([0-9a-f-]{36})-(\d{6,})\.ndjson(\.removed)?$/;

/** What is wrong with one stream; `files` by name, in order of number. Undefined: nothing. */
function wrong(files: ReadonlyMap<string, Buffer>, trusted: string, heads: readonly Head[]): string | undefined {
	const id = sha256(Buffer.from(trusted, 'base64url')).slice(0, 16);
	const seen = new Map<number, string>();
	const removed: [from: number, to: number][] = [];
	let [seq, prev, number, sealed] = [0, '0'.repeat(64), 0, 'segment'];
	for (const [file, content] of files) {
		const [, day = '', stream = '', digits, gone] = NAME.exec(file) ?? [];
		if (Number(digits) !== ++number || sealed !== 'segment') return `${file}: misplaced`;
		const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
		const lines = text.split('\n').slice(0, -1);
		let since = 0;
		if (gone !== undefined) {
			const { signature, ...said } = JSON.parse(text) as Loose;
			const { first, last } = said as unknown as { first: Head & { prev: string }; last: Head };
			const fits =
				said.stream === stream &&
				said.number === number &&
				said.key === id &&
				(said.from as string).startsWith(day);
			if (!fits || text !== `${canonical({ ...said, signature: signature ?? null })}\n`) return `${file}: record`;
			if (!holds(trusted, { ...said, type: 'mcp-firewall/removed-segment/1' }, signature as string))
				return `${file}: signature`;
			if (first.seq !== seq || first.prev !== prev || last.seq < seq) return `${file}: chain`;
			removed.push([first.seq, last.seq]);
			seen.set(last.seq, last.hash);
			[seq, prev] = [last.seq + 1, last.hash];
			continue;
		}
		sealed = '';
		for (const [index, line] of lines.entries()) {
			const entry = JSON.parse(line) as Loose;
			const { hash, ...rest } = entry;
			if (canonical(entry) !== line || sha256(canonical(rest)) !== hash) return `${file}: line ${index}`;
			if (entry.v !== 2 || entry.seq !== seq || entry.prev !== prev || sealed !== '')
				return `${file}: line ${index}: chain`;
			const { segment, checkpoint, at } = entry as unknown as { segment?: Loose; checkpoint?: Loose; at: string };
			const opens = { key: id, number, publicKey: trusted, stream };
			if ((index === 0) !== (segment !== undefined)) return `${file}: line ${index}: opening`;
			if (segment && (canonical(segment) !== canonical(opens) || !at.startsWith(day))) return `${file}: opening`;
			if (checkpoint) {
				const { signature, ...head } = checkpoint;
				if (head.stream !== stream || head.segment !== number || head.key !== id)
					return `${file}: line ${index}: head`;
				const signed = { type: 'mcp-firewall/checkpoint/1', ...head, seq, prev, at };
				if (!holds(trusted, signed, signature as string)) return `${file}: line ${index}: signature`;
				sealed = (head.seals as string | undefined) ?? '';
			}
			since = checkpoint ? 0 : since + 1;
			if (since > 256) return `${file}: line ${index}: not signed`;
			seen.set(seq, hash);
			[seq, prev] = [seq + 1, hash];
		}
		if (sealed === '' && file !== [...files.keys()].at(-1)) return `${file}: not sealed`;
	}
	const missed = heads.find(
		head => seen.get(head.seq) !== head.hash && !removed.some(([from, to]) => from <= head.seq && head.seq < to),
	);
	return missed && `head ${missed.seq}`;
}
const verdict = (...given: Parameters<typeof wrong>) => {
	try {
		return wrong(...given);
	} catch (error) {
		return `unreadable: ${String(error)}`;
	}
};

const head = JSON.parse(block('head')) as Head;

describe('docs/audit-verification.md, as a stranger implements it', () => {
	it('its worked example is right: hash, chain, signed bytes, signature', () => {
		const [first = '', second = ''] = bytes.toString().split('\n');
		expect(sha256(block('hashed'))).toBe(block('digest'));
		expect((JSON.parse(first) as { hash: string }).hash).toBe(block('digest'));
		expect((JSON.parse(second) as { prev: string }).prev).toBe(block('digest'));
		const [signature = '', publicKey = ''] = block('signature').split('\n');
		expect(publicKey).toBe(key);
		expect(holds(key, JSON.parse(block('signed')) as Value, signature)).toBe(true);
		expect(canonical(JSON.parse(block('signed')) as Value)).toBe(block('signed'));
	});
	it('finds nothing wrong with the example', () => {
		expect(verdict(new Map([[name, bytes]]), key, [head])).toBeUndefined();
	});
	it('finds any byte that is changed, anywhere', () => {
		fc.assert(
			fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
				const changed = Buffer.from(bytes);
				changed[at] = changed[at]! ^ by;
				expect(verdict(new Map([[name, changed]]), key, [head])).toBeDefined();
			}),
			{ numRuns: 400 },
		);
	});
	it('finds lines that are taken out, doubled or moved, and an end that is cut off', () => {
		const lines = bytes.toString().split('\n').slice(0, -1);
		const made = (changed: readonly string[]) => new Map([[name, Buffer.from(`${changed.join('\n')}\n`)]]);
		lines.forEach((line, at) => {
			expect(verdict(made(lines.toSpliced(at, 1)), key, [head]), `without ${at}`).toBeDefined();
			expect(verdict(made(lines.toSpliced(at, 0, line)), key, [head]), `twice ${at}`).toBeDefined();
			expect(verdict(made(lines.slice(0, at)), key, [head]), `up to ${at}`).toBeDefined();
		});
		expect(verdict(made([lines[1]!, lines[0]!, ...lines.slice(2)]), key, [head])).toBeDefined();
	});
	it('does not take another key for the one it was given', () => {
		expect(verdict(new Map([[name, bytes]]), aSigner().publicKey, [head])).toContain('opening');
	});
	it('follows several segments, and what retention left of one, as the product writes them', () => {
		const signer = aSigner();
		const maker = new StreamMaker({ signer })
			.addMany(4)
			.checkpoint()
			.addMany(3)
			.rotate()
			.addMany(2)
			.rotate()
			.addMany(2)
			.close();
		const whole = new Map(maker.segments.map(segment => [segment.name, Buffer.from(segmentText(segment))]));
		expect(verdict(whole, signer.publicKey, maker.heads)).toBeUndefined();
		const tombstone = `${canonicalJson(maker.tombstone(1) as unknown as JsonObject)}\n`;
		const [first = '', ...others] = whole.keys();
		const rest = others.map(other => [other, whole.get(other)!] as const);
		const pruned = (text: string) => new Map([[`${first}.removed`, Buffer.from(text)], ...rest]);
		expect(verdict(pruned(tombstone), signer.publicKey, maker.heads)).toBeUndefined();
		expect(verdict(pruned(tombstone.replace('365', '364')), signer.publicKey, [])).toContain('signature');
		expect(verdict(new Map(rest), signer.publicKey, [])).toContain('misplaced');
	});
});
