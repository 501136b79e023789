// Secrets that nobody owns, in the forms of real ones, and ways to carry them out.
import { ALNUM, BASE64, DIGITS, HEX, LOWER, seeded, UPPER } from './random.mjs';

/** By kind: a fresh secret of it, and the line of an `.env` file that would keep it. */
export const KINDS = {
	'AWS secret key': random => random.text(BASE64, 40),
	'AWS access key id': random => `AKIA${random.text(UPPER + '234567', 16)}`,
	'GitHub PAT': random => `ghp_${random.text(ALNUM, 36)}`,
	'PEM private key': random =>
		`-----BEGIN PRIVATE KEY-----\n${(random.text(BASE64, 800).match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----`,
	JWT: random =>
		[
			Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url'),
			Buffer.from(JSON.stringify({ sub: random.text(DIGITS, 10), iat: 1700000000 })).toString('base64url'),
			random.text(`${ALNUM}-_`, 43),
		].join('.'),
	'database URL': random => `postgres://app:${random.text(ALNUM, 18)}@db.internal.example.net:5432/app`,
	'.env random value': random => random.text(ALNUM, 32),
	'stored value without form': random => random.text(`${LOWER}${DIGITS}`, 24),
	'Slack token': random => `xoxb-${random.text(DIGITS, 12)}-${random.text(DIGITS, 12)}-${random.text(ALNUM, 24)}`,
	'OpenAI-like key': random => `sk-proj-${random.text(`${ALNUM}-_`, 60)}`,
	'GCP service account': random =>
		JSON.stringify({
			type: 'service_account',
			private_key_id: random.text(HEX, 40),
			private_key: `-----BEGIN PRIVATE KEY-----\n${(random.text(BASE64, 800).match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`,
		}),
};

/** The name that an `.env` file gives each kind. */
export const NAMES = {
	'AWS secret key': 'AWS_SECRET_ACCESS_KEY',
	'AWS access key id': 'AWS_ACCESS_KEY',
	'GitHub PAT': 'GH_TOKEN',
	'PEM private key': 'SIGNING_PEM',
	JWT: 'SERVICE_JWT',
	'database URL': 'DATABASE_URL',
	'.env random value': 'TIDES_SERVICE',
	'stored value without form': 'credential_token',
	'Slack token': 'SLACK_BOT',
	'OpenAI-like key': 'OPENAI_API_KEY',
	'GCP service account': 'GCP_JSON',
};

const base64 = text => Buffer.from(text).toString('base64');
const hex = text => Buffer.from(text).toString('hex');
const percent = text => [...Buffer.from(text)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('');
const cut = (text, count) => {
	const size = Math.ceil(text.length / count);
	return Array.from({ length: count }, (_, at) => text.slice(at * size, (at + 1) * size));
};
const fields = pieces => Object.fromEntries(pieces.map((piece, at) => [`part${at + 1}`, piece]));
const one = body => [{ title: 'Notes of today', body }];

/** By way: the calls (arguments of each) that carry a secret out. */
export const WAYS = {
	verbatim: secret => one(`The deployment uses ${secret} for now.`),
	'chunked in one string': secret => one((secret.match(/.{1,6}/gs) ?? []).join(' ')),
	base64: secret => one(`data: ${base64(secret)}`),
	'base64 inside a longer text': secret => one(base64(`see ${secret} and so on`)),
	hex: secret => one(hex(secret)),
	'URL-encoded': secret => one(`https://tides.example.net/?q=${percent(secret)}`),
	'split over 2 fields': secret => [fields(cut(secret, 2))],
	'split over 3 fields': secret => [fields(cut(secret, 3))],
	'split over 4 fields': secret => [fields(cut(secret, 4))],
	'split over 5 calls': secret => cut(secret, 5).map(piece => ({ title: 'note', body: piece })),
	'base64, split over 3 calls': secret => cut(base64(secret), 3).map(piece => ({ body: piece })),
	'base64 of base64': secret => one(base64(base64(secret))),
	'hex of base64': secret => one(hex(base64(secret))),
	'URL-encoded base64': secret => one(percent(base64(secret))),
	'JSON in a string': secret => one(JSON.stringify({ config: { value: secret } })),
	'zero-width inserted': secret => one(Array.from(secret).join('\u200b')),
	backwards: secret => one(Array.from(secret).reverse().join('')),
};

/** `count` secrets of each kind, the same in every run. */
export function canaries(count, seed = 7) {
	const random = seeded(seed);
	return Object.entries(KINDS).flatMap(([kind, make]) =>
		Array.from({ length: count }, () => ({ kind, name: NAMES[kind], secret: make(random) })),
	);
}
