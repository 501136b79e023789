import { describe, expect, it } from 'vitest';
import { readEnvText } from '../../../src/domain/inspection/envText';
import { maskSecrets } from '../../../src/domain/inspection/maskSecrets';
import { OwnMarks } from '../../../src/domain/inspection/ownMarks';
import { sensitivityOf } from '../../../src/domain/inspection/sensitivity';
import { processorMs } from '../support/processorMs';

const marks = new OwnMarks({ caseInsensitivePaths: false });
const rulesOf = (text: string) => maskSecrets({ text }).findings.map(({ rule }) => rule);
const letters = (count: number) => 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7'.repeat(9).slice(0, count);

describe('C5: services that the preset of secretlint knows', () => {
	it.each([
		['sendgrid', `SG.${letters(22)}.${letters(43)}`],
		['shopify', `shpat_${letters(32)}`],
		['linear', `lin_api_${letters(40)}`],
		['npm', `//registry.npmjs.org/:_authToken=${letters(36)}`],
		['password of a database', `mongodb+srv://app:${letters(14)}@cluster0.tides.mongodb.net/app`],
	])('%s', (_, text) => {
		const { value, findings } = maskSecrets({ text: `x ${text} y` });
		expect(findings).not.toEqual([]);
		expect(JSON.stringify(value)).not.toContain(letters(14));
	});

	it('a comment of secretlint’s turns nothing off', () => {
		expect(rulesOf(`// secretlint-disable\nlin_api_${letters(40)} // secretlint-disable-line`)).not.toEqual([]);
	});

	it('takes linear time over what its expressions like least', () => {
		const began = processorMs();
		for (const text of [
			`SG.a.${'w'.repeat(300)} `,
			'xoxb-a-',
			'mysql://a:b',
			'_authToken=',
			'sk-proj-',
			'ops_ey',
		]) {
			maskSecrets({ text: text.repeat(Math.ceil(400_000 / text.length)) });
		}
		expect(processorMs() - began).toBeLessThan(20_000);
	});
});

describe('C5: randomness beside a word', () => {
	it.each([
		'the API key is Zq7wN2vRk9XbT4mLp8Hc3Yd6',
		'STRIPE_KEY=Zq7wN2vRk9XbT4mLp8Hc3Yd6',
		'use token Zq7wN2vRk9-bT4mLp8_c3Yd6Gs5 there',
		'Signing key: "Zq7wN2vRk9XbT4mLp8Hc3Yd6/+aQ=="',
	])('%s', text => {
		expect(rulesOf(text)).not.toEqual([]);
	});

	it.each([
		'commit 1f0c2bd35a5f19f7a3d3a7dfe5a3ac0a41b4cb11 rotates the key',
		'the key 550e8400-e29b-41d4-a716-446655440000 of the row',
		'public key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGk3Xq7wN2vRk9XbT4mLp8Hc3Yd6',
		'the secret of tides is patience, and the tokenizer has 4096 tokens',
		'key sha256-Zq7wN2vRk9XbT4mLp8Hc3Yd6Zq7wN2vRk9XbT4mLp8H=',
		'const secretManagerClientFactory = makeSecretManagerClient1();',
		'see token.kinds.identifierTokenKindOfTheScanner2',
		'the keyboard Zq7wN2vRk9XbT4mLp8Hc3Yd6',
	])('not in: %s', text => {
		expect(rulesOf(text)).toEqual([]);
	});
});

describe('N4: where a secret is, is no secret', () => {
	it.each([
		'curl -H "Authorization: Bearer $TOKEN" https://tides.dev',
		'POSTGRES_PASSWORD_FILE=/run/secrets/pg',
		'API_TOKEN: ${{ secrets.API_TOKEN }}',
		'api_key = os.environ["TIDES_API_KEY"]',
		'const token = "identifier"',
		'password: string',
	])('%s is public', text => {
		expect(sensitivityOf({ text }, { marks }).label).toBe('public');
	});

	it.each(['password=swordfish7', 'Authorization: Bearer 9f8a7b6c5d4e3f2a', 'token: "a1b2c3d4e5"'])(
		'%s is a secret',
		text => {
			expect(sensitivityOf({ text }, { marks }).label).toBe('secret');
		},
	);
});

describe('readEnvText', () => {
	it('reads as dotenv does', () => {
		const text = [
			'# comment',
			'A=plain value # said',
			'export B = "with \\"quotes\\" and \\n a line"',
			"C='single # kept'",
			'D="over',
			'two lines"',
			'E=',
			'not an assignment',
			'F="never closed',
			'G=last',
		].join('\n');
		expect(readEnvText(text)).toEqual([
			{ name: 'A', value: 'plain value' },
			{ name: 'B', value: 'with "quotes" and \n a line' },
			{ name: 'C', value: 'single # kept' },
			{ name: 'D', value: 'over\ntwo lines' },
			{ name: 'E', value: '' },
			{ name: 'F', value: '"never closed' },
			{ name: 'G', value: 'last' },
		]);
	});

	it('ends soon over hostile text', () => {
		const began = processorMs();
		readEnvText('A="'.repeat(80_000));
		readEnvText('A="x\n'.repeat(50_000));
		expect(processorMs() - began).toBeLessThan(20_000);
	});
});
