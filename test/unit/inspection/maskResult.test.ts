import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { maskResult } from '../../../src/domain/inspection/maskResult';
import { processorMs } from '../support/processorMs';

/** Made up; none of them opens anything. */
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq1a\n'.repeat(5)}-----END PRIVATE KEY-----`;
const GENERATED = 'q7Rk2mV9xT4bN8zL5cW1';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const block = (text: string): JsonObject => ({ content: [{ type: 'text', text }] });

describe('RESP-03 secrets in results are masked, and the rest stays', () => {
	it.each<[string, string, string]>([
		['a token', `use ${TOKEN} now`, TOKEN],
		['a key', `key:\n${KEY}\n`, 'MIIEvQIBADANBgkq1a'],
		['a line of an .env file', 'A=1\nDB_PASSWORD=hunter2canarytail\nB=2', 'hunter2canarytail'],
		['a member', `{"client_secret": "${GENERATED}"}`, GENERATED],
		['the password of an address', `postgres://app:${GENERATED}@db.example.com/x`, GENERATED],
		['a header', `Authorization: Bearer ${GENERATED}${GENERATED}`, GENERATED],
		['base64', `see ${base64(`token ${TOKEN}`)}`, base64(`token ${TOKEN}`)],
		['hex', Buffer.from(TOKEN).toString('hex'), Buffer.from(TOKEN).toString('hex')],
		['percent', [...Buffer.from(TOKEN)].map(byte => `%${byte.toString(16)}`).join(''), '%67%68%70'],
	])('%s', (_, text, secret) => {
		const { value, masked } = maskResult(block(text));
		expect(masked).toBeGreaterThan(0);
		expect(JSON.stringify(value)).not.toContain(secret);
		expect(JSON.stringify(value)).toMatch(/\[masked:[a-z0-9-]+ len=\d+\]/);
	});

	it('in names, under secret names, in blobs, and over blocks', () => {
		const whole = maskResult({
			structuredContent: { [TOKEN]: 1, apiKey: GENERATED, note: 'fine' },
			contents: [{ uri: 'memo://a', mimeType: 'text/plain', blob: base64(`a=1\nt=${TOKEN}\n`) }],
			content: [TOKEN.slice(0, 9), TOKEN.slice(9)].map(text => ({ type: 'text', text })),
		});
		const text = JSON.stringify(whole.value);
		for (const secret of [TOKEN, GENERATED, TOKEN.slice(0, 9), TOKEN.slice(9)]) {
			expect(text).not.toContain(secret);
		}
		const [content] = whole.value.contents as readonly JsonObject[];
		expect(Buffer.from(content?.blob as string, 'base64').toString()).toBe('a=1\nt=[masked:github-token len=40]\n');
		expect(text).toContain('"note":"fine"');
	});

	it.each([
		'const token = await getToken(request.headers);',
		'Set `GITHUB_TOKEN=your_token_here` in `.env`.',
		'export VERCEL_TOKEN=$(grep VERCEL .env)',
		'password: "changeme"',
		'postgres://postgres:postgres@localhost:5432/db',
		"if (key.startsWith('-----BEGIN PRIVATE KEY-----')) { return parse(key); }",
		'"nextPageToken": "page-2"',
		'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
		'Authorization: Bearer <token>',
		'PUBLIC_KEY_PATH=/etc/ssl/certs/a1b2c3.pem',
	])('stays as it is: %s', text => {
		const value = block(text);
		expect(maskResult(value)).toEqual({ value, masked: 0 });
		expect(maskResult(value).value).toBe(value);
	});

	it('masking what is masked changes nothing', () => {
		const once = maskResult(block(`${TOKEN} DB_PASSWORD=hunter2canarytail\nX_TOKEN=${GENERATED}`));
		expect(maskResult(once.value)).toEqual({ value: once.value, masked: 0 });
	});

	it.each<[string, string]>([
		['names', 'A_TOKEN='.repeat(100_000)],
		['words', 'token: '.repeat(100_000)],
		['beginnings of keys', '-----BEGIN PRIVATE KEY-----'.repeat(20_000)],
		['addresses', 'ab://a:'.repeat(100_000)],
		['percent signs', '%41'.repeat(200_000)],
	])('takes time linear in the text: %s', (_, text) => {
		const started = processorMs();
		maskResult(block(text));
		expect(processorMs() - started).toBeLessThan(5_000);
	});
});
