import { maskSecrets } from '../inspection/maskSecrets';
import { isSecretName } from '../inspection/secretRules';

/** A part of a text that is a secret: offsets of its first character and of the one behind it. */
export interface SecretPart {
	readonly start: number;
	readonly end: number;
}

/** Option names that a program takes a secret by, though as names of members they say little. */
const SECRET_OPTION = /^(?:key|pass|pw|bearer|oauth|dsn)$/;

/** True where the name of an option, a variable, a header or a query parameter says that its value is a secret. */
export function namesSecret(name: string): boolean {
	const plain = name.replace(/^-+/, '');
	return isSecretName(plain) || SECRET_OPTION.test(plain.toLowerCase());
}

/** True for a variable of the environment whose value is a secret, by its name or by the form of it. */
export function isSecretVariable(name: string, value: string): boolean {
	return isSecretName(name) || /_(?:key|pat|dsn|pass|pw)$/i.test(name) || maskSecrets(value).findings.length > 0;
}

/**
 * The secrets of one argument of a launch: by the name before it (`--token`, `TOKEN=…`, `X-Api-Key: …`) or by their form.
 * What is a variable already is none. `before`: the argument in front of it. Attacker-controlled.
 */
export function secretsOfArgument(text: string, before: string | undefined): readonly SecretPart[] {
	if (before !== undefined && /^--?[A-Za-z]/.test(before) && !before.includes('=') && namesSecret(before)) {
		return text === '' || text.startsWith('-') ? [] : literals(text, 0);
	}
	const named = /^(?<name>-{0,2}[A-Za-z][\w.-]{0,63})(?:=|:\s{0,8})/.exec(text);
	if (named?.groups?.name !== undefined && namesSecret(named.groups.name)) {
		const scheme = /^(?:bearer|basic|token)\s{1,8}/i.exec(text.slice(named[0].length))?.[0].length ?? 0;
		return literals(text, named[0].length + scheme);
	}
	return secretsByForm(text);
}

/**
 * The secrets of a URL: values of query parameters with a secret name, and what has the form of one anywhere in path and
 * query; `name` is that of the parameter. Attacker-controlled.
 */
export function secretsOfUrl(url: string): readonly (SecretPart & { readonly name?: string })[] {
	const from = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0].length ?? url.length;
	const found: (SecretPart & { readonly name?: string })[] = [];
	for (const { 0: whole, index, groups } of url
		.slice(from)
		.matchAll(/(?:[?&](?<name>[^=&#/?]*)=|\/)(?<value>[^&#/?]*)/g)) {
		const value = groups?.value ?? '';
		const end = from + index + whole.length;
		const start = end - value.length;
		const name = groups?.name;
		const secret =
			name === undefined
				? looksRandom(value) || hasForm(value)
				: namesSecret(decoded(name) ?? '') || hasForm(value);
		if (value !== '' && secret && !value.includes('${')) {
			found.push({ start, end, ...(name !== undefined && /^[\w.-]{1,64}$/.test(name) && { name }) });
		}
	}
	return found;
}

function decoded(text: string): string | undefined {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
}

/** A text with each of its parts replaced. */
export function replaceParts<P extends SecretPart>(text: string, parts: readonly P[], by: (part: P) => string): string {
	let result = '';
	let at = 0;
	for (const part of parts) {
		result += text.slice(at, part.start) + by(part);
		at = part.end;
	}
	return result + text.slice(at);
}

/** Tokens that services put into a path: long, and of letters of both cases and digits, of hex digits, or a UUID. */
function looksRandom(text: string): boolean {
	return (
		(/^[\w=~-]{20,}$/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)) ||
		/^[0-9a-f]{32,}$/i.test(text) ||
		/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
	);
}

function hasForm(text: string): boolean {
	return secretsByForm(text).length > 0 || maskSecrets(decoded(text) ?? text).findings.length > 0;
}

function secretsByForm(text: string): readonly SecretPart[] {
	const spans = maskSecrets(text)
		.findings.map(({ span }) => span)
		.sort((a, b) => a.start - b.start);
	const parts: SecretPart[] = [];
	for (const { start, end } of spans) {
		const last = parts.at(-1);
		if (last !== undefined && start < last.end) {
			parts[parts.length - 1] = { start: last.start, end: Math.max(last.end, end) };
		} else {
			parts.push({ start, end });
		}
	}
	return parts.flatMap(part => literals(text.slice(0, part.end), part.start));
}

/** What of a text from an offset on is no `${…}`. */
function literals(text: string, from: number): readonly SecretPart[] {
	const parts: SecretPart[] = [];
	let at = from;
	for (const { 0: whole, index } of text.matchAll(/\$\{[^}]*\}/g)) {
		if (index >= from) {
			parts.push({ start: at, end: index });
			at = index + whole.length;
		}
	}
	return [...parts, { start: at, end: text.length }].filter(({ start, end }) => text.slice(start, end).trim() !== '');
}
