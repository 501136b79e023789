import { isJsonObject, type JsonObject } from '../base/json';
import { urlOf } from '../base/urlOf';
import { type PublicJwk } from '../domain/identity/publicJwk';
import { TRUST_LEVEL_NAMES, TRUST_LEVELS, type TrustLevel } from '../domain/identity/trustLevel';
import { say } from './say';

/** Levels that an issuer can vouch for: level 0 is a key of one's own. */
export const ISSUER_LEVELS = TRUST_LEVELS.filter(level => level !== '0');

/** What a person said of an issuer. */
export interface IssuerChoice {
	/** As {@link issuerOrigin} gives it. */
	readonly origin: string;
	readonly maxLevel: TrustLevel;
	readonly privateAddresses: boolean;
}

/** The HTTPS origin that a person typed, normalised; or one sentence on what is wrong with it. */
export function issuerOrigin(text: string): { readonly origin: string } | { readonly problem: string } {
	const typed = text.trim();
	if (/^did:/i.test(typed)) {
		return { problem: say('Write the HTTPS origin of the issuer, such as https://ca.example.com, not a DID.') };
	}
	const url = urlOf(typed);
	if (url === undefined) {
		return { problem: say('Write an origin such as https://ca.example.com.') };
	}
	if (url.protocol !== 'https:') {
		return { problem: say('It has to begin with https://, so that nobody on the way can answer for it.') };
	}
	if (url.username !== '' || url.password !== '') {
		return { problem: say('Leave the user name and password out.') };
	}
	if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || /[?#]$/.test(typed)) {
		return { problem: say('Leave out what comes behind the host: an issuer is a whole origin.') };
	}
	if (url.hostname.endsWith('.')) {
		return { problem: say('Leave out the full stop at the end.') };
	}
	return { origin: url.origin };
}

/** What a level means for an issuer, one line each, for a list to pick from. */
export function levelChoices(): readonly {
	readonly level: TrustLevel;
	readonly label: string;
	readonly detail: string;
}[] {
	const details: Readonly<Record<TrustLevel, string>> = {
		'0': '',
		'1': say('It may say that it knows the account behind a server.'),
		'2': say('It may also say that a server controls its domain.'),
		'3': say('It may also say which organisation runs a server.'),
		'4': say('It may say the same after looking thoroughly. For issuers that you rely on fully.'),
	};
	return ISSUER_LEVELS.map(level => ({
		...{ level, label: say('Up to level {0}: {1}', level, TRUST_LEVEL_NAMES[level].name), detail: details[level] },
	}));
}

/** The setting with an issuer in it; one of the same origin keeps what else is said of it, such as its keys. */
export function withIssuer(setting: unknown, { origin, maxLevel, privateAddresses }: IssuerChoice): readonly unknown[] {
	return changed(setting, origin, before => {
		const others = Object.entries(before ?? {}).filter(([name]) => name !== 'privateAddresses');
		return {
			...Object.fromEntries(others),
			...{ origin, maxLevel },
			...(privateAddresses && { privateAddresses: true }),
		};
	});
}

/** The setting with the keys of an issuer that is in it already; itself where it is not. */
export function withKeys(setting: unknown, origin: string, keys: readonly PublicJwk[]): readonly unknown[] {
	const plain = keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, ...(kid !== undefined && { kid }) }));
	return changed(setting, origin, before => before && { ...before, keys: plain });
}

/** Origins of the issuers that the setting names, in its order, as far as they can be read. */
export function issuersIn(
	setting: unknown,
): readonly { readonly origin: string; readonly privateAddresses: boolean }[] {
	return entriesOf(setting).flatMap(entry => {
		const origin = originOf(entry);
		return origin === undefined || !isJsonObject(entry)
			? []
			: [{ origin, privateAddresses: entry.privateAddresses === true }];
	});
}

function changed(
	setting: unknown,
	origin: string,
	change: (before: JsonObject | undefined) => JsonObject | undefined,
): readonly unknown[] {
	const entries = entriesOf(setting);
	const at = entries.findIndex(entry => originOf(entry) === origin);
	const before = entries[at];
	const after = change(isJsonObject(before) ? before : undefined);
	if (after === undefined) {
		return entries;
	}
	return at < 0 ? [...entries, after] : entries.map((entry, place) => (place === at ? after : entry));
}

function originOf(entry: unknown): string | undefined {
	if (!isJsonObject(entry) || typeof entry.origin !== 'string') {
		return undefined;
	}
	const read = issuerOrigin(entry.origin);
	return 'origin' in read ? read.origin : undefined;
}

function entriesOf(setting: unknown): readonly unknown[] {
	return Array.isArray(setting) ? (setting as readonly unknown[]) : [];
}
