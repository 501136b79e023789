import { jwkOfDidKey } from './did';
import { originOf } from './issuerOrigin';
import { type PublicJwk, isForbiddenKey, readPublicJwk } from './publicJwk';
import { isTrustLevel, type TrustLevel } from './trustLevel';
import { NO_TRUST_SETTINGS, type TrustedIssuer, type TrustSettings } from './trustSettings';
import { type JsonValue } from '../../base/json';
import { inEnglish, type Phrase, phrase } from '../../base/phrase';

/** Settings about identity, and what is wrong in them, a sentence each. What is wrong does not count; the rest does. */
export interface ReadTrustSettings {
	readonly settings: TrustSettings;
	readonly problems: readonly string[];
}

/** The same, with problems that can be said in the language of whoever reads them. */
export interface SaidTrustSettings {
	readonly settings: TrustSettings;
	readonly said: readonly Phrase[];
}

const MEMBERS = ['issuers', 'acceptLevelZero', 'trustedKeys', 'offline', 'maxStaleness', 'audience'];
const ISSUER_MEMBERS = ['origin', 'maxLevel', 'keys', 'privateAddresses', 'domains'];
const MAX_ITEMS = 200;
/** Seconds: a day. Stored revocation data that is older says nothing. */
const MAX_STALENESS = 86_400;

/**
 * Reads what a person wrote about identity: an object with the members of {@link TrustSettings}. No text can say `profile` or `testKeys`.
 * Total.
 */
export function readTrustSettings(value: unknown): ReadTrustSettings {
	const { settings, said } = sayTrustSettings(value);
	return { settings, problems: said.map(inEnglish) };
}

/** {@link readTrustSettings} for a person. Total. */
export function sayTrustSettings(value: unknown): SaidTrustSettings {
	const problems: Phrase[] = [];
	if (!isRecord(value)) {
		return { settings: NO_TRUST_SETTINGS, said: [phrase('The settings about identity have to be an object.')] };
	}
	const noSetting = (name: string, known: string) => phrase('There is no setting {0}; there are {1}.', name, known);
	noteUnknown(value, MEMBERS, noSetting, problems);
	const { acceptLevelZero = false, offline = false, maxStaleness = NO_TRUST_SETTINGS.maxStaleness, audience } = value;
	const flag = (name: string, given: unknown) => {
		if (typeof given !== 'boolean') {
			problems.push(phrase('{0} has to be true or false.', name));
		}
		return given === true;
	};
	const fresh = typeof maxStaleness === 'number' && maxStaleness >= 1 && maxStaleness <= MAX_STALENESS;
	if (!fresh) {
		problems.push(phrase('maxStaleness has to be a number of seconds from 1 to {0}.', MAX_STALENESS));
	}
	const named = typeof audience === 'string' && audience.trim() !== '';
	if (audience !== undefined && !named) {
		problems.push(phrase('audience has to be the text that badges name you by.'));
	}
	return {
		settings: {
			...NO_TRUST_SETTINGS,
			issuers: readIssuers(value.issuers ?? [], problems),
			acceptLevelZero: flag('acceptLevelZero', acceptLevelZero),
			trustedKeys: readKeys(value.trustedKeys ?? [], problems),
			// What cannot be read keeps us off the network.
			offline: flag('offline', offline) || typeof offline !== 'boolean',
			...(fresh && { maxStaleness }),
			...(named && { audience: audience.trim() }),
		},
		said: problems,
	};
}

function readIssuers(value: unknown, problems: Phrase[]): readonly TrustedIssuer[] {
	if (!Array.isArray(value) || value.length > MAX_ITEMS) {
		problems.push(phrase('issuers has to be a list of at most {0} entries with an origin each.', MAX_ITEMS));
		return [];
	}
	const issuers: TrustedIssuer[] = [];
	for (const item of value as readonly unknown[]) {
		const read = readIssuer(item);
		if ('text' in read) {
			problems.push(read);
		} else if (issuers.some(({ origin }) => origin === read.origin)) {
			problems.push(phrase('{0} stands twice among the issuers; the first entry counts.', read.origin));
		} else {
			issuers.push(read);
		}
	}
	return issuers;
}

function readIssuer(item: unknown): TrustedIssuer | Phrase {
	if (!isRecord(item) || typeof item.origin !== 'string') {
		return phrase(
			'An issuer has to be an object with an origin, such as {0}.',
			'{"origin": "https://ca.example.com"}',
		);
	}
	const shown = JSON.stringify(item.origin.slice(0, 200));
	const origin = originOf(item.origin);
	if (origin === undefined) {
		return item.origin.startsWith('did:')
			? phrase(
					'{0} is a DID; issuers are named by their HTTPS origin, such as https://registry.example.com.',
					shown,
				)
			: phrase('{0} is no HTTPS origin: write https://host without a path.', shown);
	}
	const unknown: Phrase[] = [];
	const noMember = (name: string, known: string) =>
		phrase('The issuer {0} has no {1}; there are {2}.', origin, name, known);
	noteUnknown(item, ISSUER_MEMBERS, noMember, unknown);
	if (unknown[0] !== undefined) {
		return unknown[0];
	}
	const maxLevel = readLevel(item.maxLevel ?? '4');
	if (maxLevel === undefined) {
		return phrase('maxLevel of {0} has to be one of "1" to "4".', origin);
	}
	const { privateAddresses = false, keys, domains } = item;
	if (typeof privateAddresses !== 'boolean') {
		return phrase('privateAddresses of {0} has to be true or false.', origin);
	}
	const pinned = keys === undefined ? undefined : readPinned(keys);
	if (keys !== undefined && pinned === undefined) {
		return phrase(
			'keys of {0} has to be a list of Ed25519 public keys (JWK) that are nobody’s published test keys.',
			origin,
		);
	}
	const within = domains === undefined ? undefined : readDomains(domains);
	if (domains !== undefined && within === undefined) {
		return phrase('domains of {0} has to be a list of domain names.', origin);
	}
	return {
		origin,
		maxLevel,
		...(pinned !== undefined && { keys: pinned }),
		...(privateAddresses && { privateAddresses }),
		...(within !== undefined && { domains: within }),
	};
}

function readLevel(value: unknown): TrustLevel | undefined {
	const level = typeof value === 'number' ? String(value) : value;
	return isTrustLevel(level) && level !== '0' ? level : undefined;
}

function readPinned(value: unknown): readonly PublicJwk[] | undefined {
	if (!Array.isArray(value) || value.length === 0 || value.length > 20) {
		return undefined;
	}
	const keys = (value as readonly JsonValue[]).map(readPublicJwk);
	return keys.every(key => key !== undefined && !isForbiddenKey(key)) ? (keys as readonly PublicJwk[]) : undefined;
}

function readDomains(value: unknown): readonly string[] | undefined {
	return Array.isArray(value) && value.every(one => typeof one === 'string' && /^[A-Za-z0-9.-]{1,253}$/.test(one))
		? (value as readonly string[]).map(one => one.toLowerCase())
		: undefined;
}

function readKeys(value: unknown, problems: Phrase[]): readonly string[] {
	if (!Array.isArray(value) || value.length > MAX_ITEMS) {
		problems.push(phrase('trustedKeys has to be a list of did:key identities.'));
		return [];
	}
	return (value as readonly unknown[]).filter((one): one is string => {
		const key = typeof one === 'string' ? jwkOfDidKey(one) : undefined;
		const good = key !== undefined && !isForbiddenKey(key);
		if (!good) {
			problems.push(
				phrase('An entry of trustedKeys is no did:key of an Ed25519 key, or one that everybody has.'),
			);
		}
		return good;
	});
}

function noteUnknown(
	value: object,
	known: readonly string[],
	words: (name: string, known: string) => Phrase,
	problems: Phrase[],
): void {
	for (const key of Object.keys(value).filter(name => !known.includes(name))) {
		problems.push(words(JSON.stringify(key.slice(0, 60)), known.join(', ')));
	}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
