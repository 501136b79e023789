import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from '../../../src/base/json';
import { readCapiscioPolicy } from '../../../src/domain/identity/capiscioPolicy';
import { importCapiscio } from '../../../src/domain/identity/importCapiscio';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { vectors } from './vectors';

const { cases } = vectors<{ cases: readonly { doc: JsonObject; ok?: true; error?: string }[] }>('policy-config');

function imported(doc: JsonObject) {
	const read = readCapiscioPolicy(doc);
	if (!read.ok) {
		throw new Error(read.problems.join());
	}
	const text = importCapiscio(read.policy);
	return { text, load: parsePolicy(`${text}allow: ['memory.read']\n`, '/p.yaml') };
}

describe('a capiscio-policy.yaml (policy-config.json)', () => {
	it.each(cases.map(one => [JSON.stringify(one.doc), one] as const))('%s', (_, { doc, ok, error }) => {
		const read = readCapiscioPolicy(doc);
		expect(read.ok).toBe(ok === true);
		expect(read.ok ? undefined : read.problems.some(problem => problem.includes(error ?? '?'))).toBe(
			ok === true ? undefined : true,
		);
	});

	it('with a key that is misspelt is not taken', () => {
		expect(readCapiscioPolicy({ version: '1', min_trust_levl: 'EV' }).ok).toBe(false);
	});

	it('does not throw, whatever it is (property)', () => {
		fc.assert(
			fc.property(fc.jsonValue(), value => {
				expect(readCapiscioPolicy(value as JsonValue).ok).toBe(false);
			}),
		);
	});
});

describe('taken over into a policy of ours', () => {
	it('each valid one becomes a section without problems', () => {
		for (const { doc } of cases.filter(({ ok }) => ok === true)) {
			expect(imported(doc).load.problems).toEqual([]);
		}
	});

	it('levels are asked at the same places; what has no counterpart is named', () => {
		const { text, load } = imported(
			cases.find(({ doc }) => doc.mcp_tools !== undefined && doc.operations !== undefined)!.doc,
		);
		expect(load.policy?.identity).toMatchObject({
			mode: 'guard',
			defaults: { minTrustLevel: '2' },
			tools: [{ of: '*/file_read', minTrustLevel: '4' }],
		});
		for (const lost of ['did:web:evil.example.com', '100 a minute', 'POST /tasks', 'denied_dids of file_read']) {
			expect(text).toContain(lost);
		}
	});

	it('classes become capabilities, with what lies below them', () => {
		const classes = ['finance', 'finance.invoices', 'finance.invoices.read'];
		const { text, load } = imported({
			version: '1',
			capability_classes: classes.map(name => ({ class: name, min_trust_level: 'OV' })),
		});
		expect(load.policy?.identity?.capabilities.map(({ of }) => of)).toEqual(['finance.*', 'finance.invoices']);
		expect(text).toContain('# Not carried over: class finance.invoices.read');
	});

	it('no name breaks out of its line (property)', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 1 }), fc.string(), (tool, did) => {
				const { text } = imported({
					version: '1',
					denied_dids: [`did:${did}`],
					mcp_tools: [{ tool, min_trust_level: 'EV' }],
					operations: [{ pattern: tool }],
				});
				expect(text.split('\n').filter(line => !/^(?:#|identity:$| {2})/.test(line))).toEqual(['']);
				expect(text.split('\n').filter(line => line.startsWith('    '))).toHaveLength(1);
			}),
		);
	});
});
