import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownMember } from '../../base/json';
import { isCapabilityClass } from './capabilityClass';
import { TRUST_LEVEL_NAMES, TRUST_LEVELS, type TrustLevel } from './trustLevel';

/** Who may do something, as `capiscio-policy.yaml` says it at each place. */
export interface CapiscioTerms {
	readonly minTrustLevel?: TrustLevel;
	readonly allowedDids: readonly string[];
	readonly deniedDids: readonly string[];
}

/** A `capiscio-policy.yaml`, version "1" (identity.md §2.8). */
export interface CapiscioPolicy extends CapiscioTerms {
	readonly rateLimits: readonly { readonly did: string; readonly rpm: number }[];
	readonly operations: readonly (CapiscioTerms & { readonly of: string })[];
	readonly tools: readonly (CapiscioTerms & { readonly of: string })[];
	readonly classes: readonly (CapiscioTerms & { readonly of: string })[];
}

const MAX_ITEMS = 1_000;
const TERMS = ['min_trust_level', 'allowed_dids', 'denied_dids'] as const;
const TOP = ['version', ...TERMS, 'rate_limits', 'operations', 'mcp_tools', 'capability_classes'] as const;

/** Reads such a document as it was parsed from YAML; all that is wrong with it is said. Never throws. */
export function readCapiscioPolicy(
	value: JsonValue | undefined,
):
	| { readonly ok: true; readonly policy: CapiscioPolicy }
	| { readonly ok: false; readonly problems: readonly string[] } {
	if (!isJsonObject(value)) {
		return { ok: false, problems: ['the policy must be a mapping'] };
	}
	const problems: string[] = [];
	noteUnknown(value, TOP, 'the policy', problems);
	if (ownMember(value, 'version') !== '1') {
		problems.push('version must be "1"');
	}
	const policy: CapiscioPolicy = {
		...readTerms(value, 'the policy', problems),
		rateLimits: readRateLimits(ownMember(value, 'rate_limits'), problems),
		operations: readItems(value, 'operations', 'pattern', problems),
		tools: readItems(value, 'mcp_tools', 'tool', problems),
		classes: readItems(value, 'capability_classes', 'class', problems),
	};
	for (const { of } of policy.classes) {
		if (!isCapabilityClass(of)) {
			problems.push(`invalid class name ${JSON.stringify(of)}`);
		}
	}
	return problems.length === 0 ? { ok: true, policy } : { ok: false, problems };
}

function readTerms(value: JsonObject, where: string, problems: string[]): CapiscioTerms {
	const said = ownMember(value, 'min_trust_level') ?? '';
	const level = TRUST_LEVELS.find(one => TRUST_LEVEL_NAMES[one].code === said);
	if (level === undefined && said !== '') {
		problems.push(`invalid min_trust_level ${JSON.stringify(said)} in ${where}`);
	}
	const allowedDids = readDids(ownMember(value, 'allowed_dids'), `allowed_dids of ${where}`, problems);
	const deniedDids = readDids(ownMember(value, 'denied_dids'), `denied_dids of ${where}`, problems);
	for (const did of deniedDids.filter(one => allowedDids.includes(one))) {
		problems.push(`${JSON.stringify(did)} in denied_dids conflicts with allowed_dids of ${where}`);
	}
	return { ...(level !== undefined && { minTrustLevel: level }), allowedDids, deniedDids };
}

function readDids(value: JsonValue | undefined, where: string, problems: string[]): readonly string[] {
	const dids = listOf(value, where, problems);
	const seen = new Set<string>();
	for (const did of dids) {
		if (typeof did !== 'string' || !did.startsWith('did:')) {
			problems.push(`invalid DID format ${JSON.stringify(did)} in ${where}`);
		} else if (seen.has(did)) {
			problems.push(`duplicate DID ${JSON.stringify(did)} in ${where}`);
		} else {
			seen.add(did);
		}
	}
	return [...seen];
}

function readRateLimits(value: JsonValue | undefined, problems: string[]): CapiscioPolicy['rateLimits'] {
	const limits = listOf(value, 'rate_limits', problems).map(item => (isJsonObject(item) ? item : {}));
	readDids(
		limits.map(limit => ownMember(limit, 'did') ?? ''),
		'rate_limits',
		problems,
	);
	return limits.flatMap(limit => {
		const { did, rpm } = limit;
		noteUnknown(limit, ['did', 'rpm'], 'rate_limits', problems);
		if (typeof rpm !== 'number' || !Number.isSafeInteger(rpm) || rpm <= 0) {
			problems.push('rpm must be positive in rate_limits');
			return [];
		}
		return typeof did === 'string' ? [{ did, rpm }] : [];
	});
}

function readItems(
	policy: JsonObject,
	key: 'operations' | 'mcp_tools' | 'capability_classes',
	name: 'pattern' | 'tool' | 'class',
	problems: string[],
): readonly (CapiscioTerms & { readonly of: string })[] {
	return listOf(ownMember(policy, key), key, problems).flatMap(item => {
		const of = isJsonObject(item) ? ownMember(item, name) : undefined;
		if (!isJsonObject(item) || typeof of !== 'string' || of === '') {
			problems.push(`${name} must not be empty in ${key}`);
			return [];
		}
		noteUnknown(item, [name, ...TERMS], key, problems);
		return [{ of, ...readTerms(item, `${key} ${JSON.stringify(of)}`, problems) }];
	});
}

function listOf(value: JsonValue | undefined, where: string, problems: string[]): readonly JsonValue[] {
	if (value === undefined || value === null) {
		return [];
	}
	if (!isJsonArray(value) || value.length > MAX_ITEMS) {
		problems.push(`${where} must be a list of at most ${String(MAX_ITEMS)}`);
		return [];
	}
	return value;
}

/** A key that is misspelt would be a term that nobody keeps. */
function noteUnknown(value: JsonObject, known: readonly string[], where: string, problems: string[]): void {
	for (const key of Object.keys(value).filter(one => !known.includes(one))) {
		problems.push(`unknown key ${JSON.stringify(key.slice(0, 64))} in ${where}`);
	}
}
