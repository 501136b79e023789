/** One kind of secret, recognised by its form. */
export interface SecretRule {
	readonly id: string;
	/** All its occurrences in an attacker-controlled text, UTF-16 offsets of the part to mask. Linear. */
	readonly find: (text: string) => Iterable<{ readonly start: number; readonly end: number }>;
	/** Literals (lower case) of which one must occur before it is looked for. */
	readonly hints: readonly string[];
	/** One sentence for a person. */
	readonly advice: string;
}

/** A mask as `maskText` writes it: already masked text is left alone. */
export const MASK = /\[masked:[a-z0-9-]{1,40} len=\d{1,10}\]/;

const NOT_MASKED = `(?!${MASK.source})`;
const SECRET_NAME =
	'(?:pass(?:word|wd|phrase)|pwd|secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|client[_.-]?secret|credentials?|conn(?:ection)?[_.-]?str(?:ing)?|auth(?:orization|(?!or))|cookie)';
const VALUE = `(?<secret>${NOT_MASKED}[^\\s"'\`\\\\,;&<>{}()]{4,4096})`;

/** Group `secret` of the pattern, where there is one, is the part to mask. Bounded gaps only. */
function rule(id: string, hints: string, pattern: RegExp, advice: string): SecretRule {
	const find = (text: string) => matches(text, pattern);
	return { id, hints: hints.split('|'), find, advice };
}

function* matches(text: string, pattern: RegExp): Generator<{ readonly start: number; readonly end: number }> {
	for (const match of text.matchAll(pattern)) {
		const secret = match.groups?.['secret'] ?? match[0];
		const start = match.index + match[0].lastIndexOf(secret);
		yield { start, end: start + secret.length };
	}
}

/** Recognised by form. Sources: the documentation of each service; RFC 7519 (JWT), RFC 7468 (PEM), RFC 3986 §3.2.1. */
export const SECRET_RULES: readonly SecretRule[] = [
	rule(
		'aws-access-key-id',
		'akia|asia|aroa|aida',
		/(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16,124}/g,
		'The text contains an AWS access key id.',
	),
	rule(
		'aws-secret-key',
		'aws|secret',
		/(?:aws|secret)[\w .-]{0,30}["'\\]{0,3}\s{0,3}[:=]{1,2}>?\s{0,3}["'\\]{0,3}(?<secret>[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))/gi,
		'The text contains an AWS secret access key.',
	),
	rule(
		'github-token',
		'gh|github_pat_',
		/(?:gh[pousr]_[A-Za-z0-9_]{20,512}|github_pat_[A-Za-z0-9_]{20,512})/g,
		'The text contains a GitHub token.',
	),
	rule(
		'gitlab-token',
		'gl',
		/gl(?:pat|ptt|dt|rt|cbt|oas|soat|ft)-[A-Za-z0-9_.-]{16,512}/g,
		'The text contains a GitLab token.',
	),
	rule(
		'slack-token',
		'xox|xapp-|hooks.slack',
		/(?:xox[a-z]-|xapp-)[A-Za-z0-9-]{10,512}|hooks\.slack\.com\/services\/[\w/]{10,128}/g,
		'The text contains a Slack token.',
	),
	rule(
		'stripe-key',
		'_live_|_test_|whsec_',
		/(?:[srp]k_(?:live|test)_|whsec_)[A-Za-z0-9]{10,512}/g,
		'The text contains a Stripe key.',
	),
	rule(
		'ai-service-key',
		'sk-|hf_',
		/(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{16,512}|(?<![A-Za-z0-9])hf_[A-Za-z0-9]{20,128}/g,
		'The text contains a key of an AI service.',
	),
	rule(
		'google-api-key',
		'aiza|ya29.|gocspx-',
		/AIza[A-Za-z0-9_-]{30,128}|ya29\.[A-Za-z0-9_-]{20,2048}|GOCSPX-[A-Za-z0-9_-]{20,128}/g,
		'The text contains a Google key.',
	),
	rule(
		'npm-token',
		'npm_|pypi-',
		/npm_[A-Za-z0-9]{30,128}|pypi-[A-Za-z0-9_-]{40,512}/g,
		'The text contains a package registry token.',
	),
	rule(
		'url-password',
		'://',
		/[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>[\]]{0,256}:(?<secret>[^\s/"'<>]{1,1024})@/gi,
		'The text contains a URL with a password.',
	),
	rule(
		'auth-header',
		'bearer|basic|token ',
		new RegExp(`\\b(?:bearer|basic)\\s{1,3}${NOT_MASKED}(?<secret>[A-Za-z0-9._~+/=-]{8,16384})`, 'gi'),
		'The text contains an authorization header.',
	),
	rule(
		'header-line',
		'authorization|cookie|x-api-key|x-auth',
		new RegExp(
			`(?:proxy-authorization|authorization|set-cookie|cookie|x-api-key|x-auth-token)["']?\\s{0,3}:\\s{0,3}["']?(?<secret>${NOT_MASKED}[^\\r\\n"'\\[]{4,16384})`,
			'gi',
		),
		'The text contains an authentication header.',
	),
	rule(
		'named-secret-quoted',
		'pass|pwd|secret|token|key|credential|conn|auth|cookie',
		new RegExp(
			`${SECRET_NAME}\\w{0,24}\\\\{0,3}["']?\\s{0,3}(?:=>|[:=])\\s{0,3}\\\\{0,3}["'](?<secret>${NOT_MASKED}[^"'\\r\\n\\\\]{1,8192})`,
			'gi',
		),
		'The text contains a value with a secret-like name.',
	),
	rule(
		'named-secret',
		'pass|pwd|secret|token|key|credential|conn|auth|cookie',
		new RegExp(`${SECRET_NAME}\\w{0,24}(?:=|:\\s{0,3})${VALUE}`, 'gi'),
		'The text contains a value with a secret-like name.',
	),
];

const WHOLE_VALUE_NAMES =
	/(?:^|_)(?:password|passwd|passphrase|pwd|secret|secrets|token|apikey|api_key|access_key|secret_key|private_key|signing_key|encryption_key|client_secret|authorization|proxy_authorization|auth|cookie|set_cookie|credential|credentials|connection_string|connectionstring|conn_str|bearer|jwt|session_id|otp|pin|mnemonic|seed_phrase)(?:_?\d+)?$/;
/** Every name that {@link WHOLE_VALUE_NAMES} admits holds one of these in one piece: most names have none. */
const STEM = /pass|pwd|secret|token|key|auth|cookie|credential|conn|bearer|jwt|session|otp|pin|mnemonic|seed/i;
const NOT_SECRET_NAMES = /^(?:progress|next_?page|page|continuation|cancellation)_?token$/;

/** True when a member of this name holds a secret whatever it looks like (`apiKey`, `DB_PASSWORD`, `x-api-key`, …). */
export function isSecretName(name: string): boolean {
	if (!STEM.test(name)) {
		return false;
	}
	const words = name
		.slice(-80)
		.replace(/([a-z0-9])([A-Z])/g, '$1_$2')
		.replace(/[^A-Za-z0-9]+/g, '_')
		.toLowerCase()
		.replace(/_+$/, '');
	return WHOLE_VALUE_NAMES.test(words) && !NOT_SECRET_NAMES.test(words);
}
