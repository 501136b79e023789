import { describe, expect, it } from 'vitest';
import { type Principal, unknownPrincipal } from '../../../src/domain/identity/principal';
import { type ReviewRequest } from '../../../src/vscode/guardPorts';
import { reviewFacts } from '../../../src/vscode/reviewFacts';

const REQUEST: ReviewRequest = {
	...{ serverName: 'files', origin: { kind: 'workspace', file: '/w/.vscode/mcp.json' }, removed: [], others: [] },
	launch: { kind: 'stdio', command: 'npx', args: ['files@1.0.0'], env: [] },
	surface: {
		...{ serverInfo: { name: 'files', version: '1' }, protocolVersion: '2025-11-25', tools: [] },
		...{ prompts: [], resourceTemplates: [] },
	},
	supply: { source: { kind: 'npm', name: 'files', version: '1.0.0' }, files: [], gaps: [] },
	...{ credentials: [], tools: [] },
};
const VERIFIED: Principal = {
	...{ ...unknownPrincipal(1), state: 'VERIFIED_PRINCIPAL', level: '2', badge: 'ok', errors: [] },
	...{ did: 'did:web:a.example', issuer: 'https://ca.example' },
};
const factsOf = (principal?: Principal) =>
	reviewFacts({ ...REQUEST, ...(principal && { principal }) }).filter(({ label }) => /Identity|Who says/.test(label));

describe('where a server is from, at the review', () => {
	it('names the folder where its file keeps servers of many folders, and none where it is of one', () => {
		const of = (origin: ReviewRequest['origin']) =>
			reviewFacts({ ...REQUEST, origin }).filter(({ label }) => /Defined in|For the folder/.test(label));
		const file = '/home/p/.claude.json';
		expect(of({ kind: 'claude', file, project: '/work/a' })).toEqual([
			{ label: 'Defined in', value: file },
			{ label: 'For the folder', value: '/work/a' },
		]);
		expect(of({ kind: 'claude', file })).toEqual([{ label: 'Defined in', value: file }]);
	});
});

describe('identity at the review (RFC-007)', () => {
	it('a verified one: level, DID and issuer, none of it marked as its own word', () => {
		expect(factsOf(VERIFIED)).toEqual([
			{ label: 'Identity', value: 'Verified, level 2 (Domain Validated)' },
			{ label: 'Identity (DID)', value: 'did:web:a.example' },
			{ label: 'Who says so', value: 'https://ca.example' },
		]);
	});

	it('a failed one says what failed, and what it discloses is its own word', () => {
		const facts = factsOf({
			...VERIFIED,
			blocked: true,
			cause: 'BADGE_SIGNATURE_INVALID',
			errors: ['SERVER_BADGE_INVALID'],
		});
		expect(facts[0]?.value).toMatch(/^FAILED: The signature of its badge is wrong/);
		expect(facts.slice(1).every(({ claimed }) => claimed === true)).toBe(true);
	});

	it('none is said as none; where nobody looks, nothing is said', () => {
		expect(factsOf(unknownPrincipal(1))).toEqual([
			{ label: 'Identity', value: 'No identity: The server says nothing about who it is.' },
		]);
		expect(factsOf()).toEqual([]);
	});
});
