import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';

/** RFC-006 v0.4 §7.2, as a JSON Schema (draft 2020-12). Consumers take any record of the same major version. */
export const EVIDENCE_SCHEMA = {
	$schema: 'https://json-schema.org/draft/2020-12/schema',
	$id: 'capiscio:rfc-006:tool-invocation:v0.4',
	type: 'object',
	required: [
		'event.name',
		'capiscio.agent.did',
		'capiscio.auth.level',
		'capiscio.target',
		'capiscio.policy_version',
		'capiscio.decision',
	],
	properties: {
		'event.name': { const: 'capiscio.tool_invocation' },
		'capiscio.agent.did': { type: 'string' },
		'capiscio.badge.jti': { type: 'string' },
		'capiscio.auth.level': { enum: ['badge+envelope', 'badge', 'apikey', 'anonymous'] },
		'capiscio.target': { type: 'string' },
		'capiscio.policy_version': { type: 'string' },
		'capiscio.decision': { enum: ['ALLOW', 'DENY'] },
		'capiscio.policy.decision_id': { type: 'string' },
		'capiscio.deny_reason': { type: 'string' },
		'capiscio.tool.params_hash': { type: 'string' },
		'capiscio.envelope_id': { type: 'string' },
		'capiscio.txn_id': { type: 'string' },
		'capiscio.authority.envelope_hash': { type: 'string' },
		'capiscio.authority.chain_depth': { type: 'integer', minimum: 0 },
	},
	additionalProperties: true,
} as const;

/** What the prose forbids and the schema cannot say (identity.md §2.5). */
export type EvidenceProblem =
	/** No record of a tool invocation at all, or a member of the schema with another type. */
	| 'not-a-record'
	/** Something with parts: arguments, or an answer. Records are flat. */
	| 'holds-content'
	/** A badge, or another token (RFC-002 §9.2: its `jti` only). */
	| 'holds-token'
	/** Nobody can tell under which policy it was decided. */
	| 'no-policy-version'
	/** A badge counted, and its id is not there. */
	| 'no-badge-id';

/**
 * A JWS or the beginning of one, wherever in a text it stands. JSON in base64url begins with `eyJ`; with a space, a tab or a line
 * break after its brace it begins otherwise, and then all three parts have to be there.
 */
const TOKEN = /(?:^|[^A-Za-z0-9_-])(?:eyJ[A-Za-z0-9_.-]|(?:eyA|ew[0ko])[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]+\.)/;

/**
 * What is wrong with an evidence record; empty for one that may be kept and given away. Never throws, whatever it is.
 */
export function evidenceProblems(value: unknown): readonly EvidenceProblem[] {
	if (!isJsonObject(value) || !hasMembers(value)) {
		return ['not-a-record'];
	}
	const texts = Object.entries(value).flatMap(([key, member]) =>
		typeof member === 'string' ? [key, member] : [key],
	);
	const problems: [boolean, EvidenceProblem][] = [
		[Object.values(value).some(member => typeof member === 'object' && member !== null), 'holds-content'],
		[texts.some(text => TOKEN.test(text)), 'holds-token'],
		[value['capiscio.policy_version'] === '', 'no-policy-version'],
		[
			/^badge/.test(textOf(value['capiscio.auth.level'])) && value['capiscio.badge.jti'] === undefined,
			'no-badge-id',
		],
	];
	return problems.filter(([is]) => is).map(([, problem]) => problem);
}

function hasMembers(record: JsonObject): boolean {
	const { properties, required } = EVIDENCE_SCHEMA;
	return (
		required.every(key => Object.hasOwn(record, key)) &&
		Object.entries(properties).every(([key, schema]) => !Object.hasOwn(record, key) || fits(record[key], schema))
	);
}

type MemberSchema = (typeof EVIDENCE_SCHEMA.properties)[keyof typeof EVIDENCE_SCHEMA.properties];

function fits(value: JsonValue | undefined, schema: MemberSchema): boolean {
	if ('const' in schema) {
		return value === schema.const;
	}
	if ('enum' in schema) {
		return schema.enum.some(one => one === value);
	}
	return schema.type === 'integer'
		? Number.isInteger(value) && Number(value) >= schema.minimum
		: typeof value === 'string';
}

function textOf(value: JsonValue | undefined): string {
	return typeof value === 'string' ? value : '';
}
