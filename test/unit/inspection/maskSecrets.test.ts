import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { maskSecrets, maskText } from '../../../src/domain/inspection/maskSecrets';
import { isSecretName } from '../../../src/domain/inspection/secretRules';
import { truncateForTrail } from '../../../src/domain/inspection/truncateForTrail';
import { processorMs } from '../support/processorMs';

// Assembled at run time, so that scanners of this repository do not take test data for leaks.
const join = (...parts: readonly string[]): string => parts.join('');
const CANARIES: Readonly<Record<string, string>> = {
	'aws-access-key-id': join('AK', 'IAIOSFODNN7CANARY12'),
	'github-token': join('gh', 'p_', 'c4n4ryc4n4ryc4n4ryc4n4ryc4n4ry123456'),
	'github-token fine': join('github', '_pat_', '11CANARY0abcdefghijklmnopqrstuvwxyz'),
	'gitlab-token': join('gl', 'pat-', 'canarycanary12345678'),
	'slack-token': join('xo', 'xb-', '123456789012-canarycanary'),
	'stripe-key': join('sk', '_live_', 'canarycanarycanary1234'),
	'ai-service-key': join('sk', '-ant-api03-', 'canarycanarycanarycanary'),
	'google-api-key': join('AI', 'za', 'SyCanaryCanaryCanaryCanaryCanary123'),
	'npm-token': join('np', 'm_', 'canarycanarycanarycanarycanary123456'),
	jwt: join('ey', 'JhbGciOiJIUzI1NiJ9', '.', 'eyJzdWIiOiJjYW5hcnkifQ', '.', 'c2lnbmF0dXJlY2FuYXJ5'),
	'private-key': join('-----BEGIN RSA PRIV', 'ATE KEY-----\nMIIcanarycanary\n-----END RSA PRIV', 'ATE KEY-----'),
};

describe('maskSecrets (invariant 6, ARG-14)', () => {
	it('masks by the name of the member, whatever the value', () => {
		const value = {
			password: 'p',
			apiKey: 'k',
			DB_PASSWORD: 1234,
			'x-api-key': ['a', 'b'],
			auth: { nested: 'hidden' },
			user: 'ann',
		};
		const masked = maskSecrets(value);
		expect(masked.value).toEqual({
			password: '[masked:secret-name len=1]',
			apiKey: '[masked:secret-name len=1]',
			DB_PASSWORD: '[masked:secret-name len=4]',
			'x-api-key': ['[masked:secret-name len=1]', '[masked:secret-name len=1]'],
			auth: { nested: '[masked:secret-name len=6]' },
			user: 'ann',
		});
		expect(masked.findings).toHaveLength(6);
		expect(masked.findings[0]).toMatchObject({ kind: 'secret', pointer: '/password', span: { start: 0, end: 1 } });
	});

	it('tells secret names from names that contain the words', () => {
		for (const name of [
			'token',
			'access_token',
			'authToken',
			'client-secret',
			'privateKey',
			'connectionString',
			'Set-Cookie',
			'PASSWORD2',
		]) {
			expect([name, isSecretName(name)]).toEqual([name, true]);
		}
		for (const name of [
			'progressToken',
			'nextPageToken',
			'max_tokens',
			'tokenizer',
			'passwordless',
			'keyboard',
			'author',
			'path',
		]) {
			expect([name, isSecretName(name)]).toEqual([name, false]);
		}
	});

	it.each(Object.entries(CANARIES))('masks %s by its form, anywhere in a text and in names', (name, canary) => {
		expect(maskText(`see ${canary} there`)).toMatch(/^see \[masked:[a-z-]+ len=\d+\] there$/);
		expect(maskText(canary)).toContain(name.split(' ')[0]);
		expect(JSON.stringify(maskSecrets({ a: [canary], [canary]: 1 }).value)).not.toContain('anary');
	});

	it.each([
		['a header', 'Authorization: Bearer canary-canary-1', 'canary'],
		['a cookie line', 'Cookie: sid=canary; other=canary2', 'canary'],
		['a URL', 'postgres://app:canary@db.example/x', 'canary'],
		['an .env line', 'DB_PASSWORD=canary-1\nNODE_ENV=test', 'canary'],
		['JSON in a string', '{"user":"a","password":"canary horse"}', 'canary'],
		['escaped JSON', '{\\"client_secret\\": \\"canary-2\\"}', 'canary'],
		['YAML', 'apiKey: canary-3', 'canary'],
		['an AWS secret', 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY1', 'CANARY'],
		['a key without an end', '-----BEGIN PRIVATE KEY-----\ncanary', 'canary'],
		['base64', btoa(`token is ${CANARIES['github-token'] ?? ''}`), 'c4n4ry'],
	])('masks in %s', (_name, text, canary) => {
		const masked = maskText(text);
		expect(masked).not.toContain(canary);
		expect(masked).toContain('[masked:');
		expect(masked).not.toBe(maskText('x'));
	});

	it('leaves ordinary text alone', () => {
		const text =
			'const token = await getToken(); // password reset page, https://example.com:8080/a@b, sha 3f786850e387550fdab836ed7e6dc881de23001b';
		expect(maskText('The password must be long. See https://example.com/token.')).toBe(
			'The password must be long. See https://example.com/token.',
		);
		expect(maskText(text)).toContain('password reset page');
		expect(maskText(text)).toContain('3f786850e387550fdab836ed7e6dc881de23001b');
	});

	it('names that collide after masking keep their values apart', () => {
		const other = CANARIES['github-token']!.replaceAll('4', '5');
		const { value } = maskSecrets({ [CANARIES['github-token']!]: 1, [other]: 2 });
		expect(Object.values(value as object)).toEqual([1, 2]);
	});

	const noisy = fc.array(
		fc.oneof(
			fc.string({ unit: 'binary', maxLength: 12 }),
			fc.constantFrom(
				...Object.values(CANARIES),
				'password=',
				'"secret": "',
				'Cookie: ',
				'Bearer ',
				'[masked:jwt len=3]',
				'://u:p@',
				'\n',
			),
		),
		{ maxLength: 12 },
	);
	it(
		'thousands of names that look like one secret are masked in a time that grows as they do',
		// Ten times what an idle machine needs.
		{ timeout: 60_000 },
		() => {
			const token = (at: number) => join('gh', 'p_', 'abcdefghijABCDEFGHIJ0123456789', String(1_000_000 + at));
			const names = Array.from({ length: 40_000 }, (_, at) => token(at));
			const masked = maskSecrets(Object.fromEntries(names.map(name => [name, 1]))).value as object;
			expect(Object.keys(masked)).toHaveLength(names.length);
			expect(Object.keys(masked).at(-1)).toMatch(/^\[masked:github-token len=\d+\]#40000$/);
		},
	);

	it('is idempotent for any text and any JSON', () => {
		fc.assert(
			fc.property(noisy, parts => {
				const once = maskText(parts.join(''));
				expect(maskText(once)).toBe(once);
			}),
			{ numRuns: 400 },
		);
		fc.assert(
			fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
				const once = maskSecrets(value).value;
				expect(maskSecrets(once).value).toEqual(once);
			}),
		);
	});

	it('no canary survives in plain form, whatever is around it', () => {
		const around = fc.string({ unit: 'binary', maxLength: 30 });
		fc.assert(
			fc.property(around, fc.constantFrom(...Object.values(CANARIES)), around, (before, canary, after) => {
				expect(JSON.stringify(maskSecrets({ note: `${before} ${canary} ${after}` }).value)).not.toContain(
					JSON.stringify(canary).slice(1, -1),
				);
			}),
		);
	});

	it('survives nesting beyond the limit', () => {
		let deep: JsonValue = 'x';
		for (let level = 0; level < 3_000; level += 1) {
			deep = { a: deep };
		}
		expect(JSON.stringify(maskSecrets(deep).value)).toContain('nested too deep');
	});

	it.each(['password=', '-----BEGIN PRIVATE KEY-----', 'a://b:', 'eyJ', 'Cookie: ', 'secret', 'sk-', '"token":"'])(
		'%j repeated stays cheap',
		unit => {
			const start = processorMs();
			maskText(unit.repeat(300_000 / unit.length));
			expect(processorMs() - start).toBeLessThan(5_000);
		},
	);
});

describe('truncateForTrail', () => {
	it('keeps length and digest of what it cuts, and no half characters', () => {
		const text = `${'a'.repeat(9)}😀tail`;
		const { cut } = truncateForTrail({ cut: text, short: 'ok' }, 10) as { cut: string };
		expect(cut).toMatch(/^a{9}\[cut: len=15 sha256=[0-9a-f]{64}\]$/);
		expect(truncateForTrail(['ok', 1, null], 10)).toEqual(['ok', 1, null]);
	});
});
