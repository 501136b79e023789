import { jwkOfDidKey } from './did';
import { originOf } from './issuerOrigin';
import { type PublicJwk, isForbiddenKey, readPublicJwk } from './publicJwk';
import { isTrustLevel, type TrustLevel } from './trustLevel';
import { NO_TRUST_SETTINGS, type TrustedIssuer, type TrustSettings } from './trustSettings';
import { type JsonValue } from '../../base/json';

/** Settings about identity, and what is wrong in them, a sentence each. What is wrong does not count; the rest does. */
export interface ReadTrustSettings {
	readonly settings: TrustSettings;
	readonly problems: readonly string[];
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
	const problems: string[] = [];
	if (!isRecord(value)) {
		return { settings: NO_TRUST_SETTINGS, problems: ['The settings about identity have to be an object.'] };
	}
	noteUnknown(value, MEMBERS, 'There is no setting', problems);
	const { acceptLevelZero = false, offline = false, maxStaleness = NO_TRUST_SETTINGS.maxStaleness, audience } = value;
	const flag = (name: string, given: unknown) => {
		if (typeof given !== 'boolean') {
			problems.push(`${name} has to be true or false.`);
		}
		return given === true;
	};
	const fresh = typeof maxStaleness === 'number' && maxStaleness >= 1 && maxStaleness <= MAX_STALENESS;
	if (!fresh) {
		problems.push(`maxStaleness has to be a number of seconds from 1 to ${String(MAX_STALENESS)}.`);
	}
	const named = typeof audience === 'string' && audience.trim() !== '';
	if (audience !== undefined && !named) {
		problems.push('audience has to be the text that badges name you by.');
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
		problems,
	};
}

function readIssuers(value: unknown, problems: string[]): readonly TrustedIssuer[] {
	if (!Array.isArray(value) || value.length > MAX_ITEMS) {
		problems.push(`issuers has to be a list of at most ${String(MAX_ITEMS)} entries with an origin each.`);
		return [];
	}
	const issuers: TrustedIssuer[] = [];
	for (const item of value as readonly unknown[]) {
		const read = readIssuer(item);
		if (typeof read === 'string') {
			problems.push(read);
		} else if (issuers.some(({ origin }) => origin === read.origin)) {
			problems.push(`${read.origin} stands twice among the issuers; the first entry counts.`);
		} else {
			issuers.push(read);
		}
	}
	return issuers;
}

function readIssuer(item: unknown): TrustedIssuer | string {
	if (!isRecord(item) || typeof item.origin !== 'string') {
		return 'An issuer has to be an object with an origin, such as {"origin": "https://ca.example.com"}.';
	}
	const shown = JSON.stringify(item.origin.slice(0, 200));
	const origin = originOf(item.origin);
	if (origin === undefined) {
		return item.origin.startsWith('did:')
			? `${shown} is a DID; issuers are named by their HTTPS origin, such as https://registry.example.com.`
			: `${shown} is no HTTPS origin: write https://host without a path.`;
	}
	const unknown: string[] = [];
	noteUnknown(item, ISSUER_MEMBERS, `The issuer ${origin} has no`, unknown);
	if (unknown[0] !== undefined) {
		return unknown[0];
	}
	const maxLevel = readLevel(item.maxLevel ?? '4');
	if (maxLevel === undefined) {
		return `maxLevel of ${origin} has to be one of "1" to "4".`;
	}
	const { privateAddresses = false, keys, domains } = item;
	if (typeof privateAddresses !== 'boolean') {
		return `privateAddresses of ${origin} has to be true or false.`;
	}
	const pinned = keys === undefined ? undefined : readPinned(keys);
	if (keys !== undefined && pinned === undefined) {
		return `keys of ${origin} has to be a list of Ed25519 public keys (JWK) that are nobody’s published test keys.`;
	}
	const within = domains === undefined ? undefined : readDomains(domains);
	if (domains !== undefined && within === undefined) {
		return `domains of ${origin} has to be a list of domain names.`;
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

function readKeys(value: unknown, problems: string[]): readonly string[] {
	if (!Array.isArray(value) || value.length > MAX_ITEMS) {
		problems.push('trustedKeys has to be a list of did:key identities.');
		return [];
	}
	return (value as readonly unknown[]).filter((one): one is string => {
		const key = typeof one === 'string' ? jwkOfDidKey(one) : undefined;
		const good = key !== undefined && !isForbiddenKey(key);
		if (!good) {
			problems.push('An entry of trustedKeys is no did:key of an Ed25519 key, or one that everybody has.');
		}
		return good;
	});
}

function noteUnknown(value: object, known: readonly string[], what: string, problems: string[]): void {
	for (const key of Object.keys(value).filter(name => !known.includes(name))) {
		problems.push(`${what} ${JSON.stringify(key.slice(0, 60))}; there are ${known.join(', ')}.`);
	}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
