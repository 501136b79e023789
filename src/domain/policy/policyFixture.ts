import { type Document, isMap, isNode, isScalar, LineCounter, stringify } from 'yaml';
import { errorText } from '../../base/errors';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { parseYaml } from './boundedYaml';
import { readSession, SESSION_KEYS } from './caseSession';
import { type PrincipalFacts } from './facts';
import { parsePrincipal } from './parsePrincipal';
import { type Effect } from './policy';
import { type SessionFacts } from './sessionFacts';

/** A fixture that cannot be used; the message names the file and, where known, the line. */
export class FixtureError extends Error {
	override readonly name = 'FixtureError';
}

/** One call and what the policy should say of it. */
export interface PolicyCase {
	readonly name: string;
	readonly server: string;
	readonly tool: string;
	readonly capability?: string;
	readonly arguments: JsonObject;
	readonly expect: Effect;
	/** The id of the rule that should decide. */
	readonly rule?: string;
	/** The reason of the verdict. */
	readonly reason?: string;
	/** What the session did before; a fresh one where absent. */
	readonly session?: Omit<SessionFacts, 'urls'>;
	/** Who the server is; nobody looked where absent. */
	readonly principal?: PrincipalFacts;
	/** Where the case stands in the fixture; counts from 1. */
	readonly line: number;
}

/** Which policy a fixture tests: a path, relative to the fixture, or a policy of its own. */
export type FixturePolicy =
	{ readonly kind: 'file'; readonly path: string } | { readonly kind: 'text'; readonly text: string };

/** A fixture's text, read. */
export interface FixtureText {
	readonly policy: FixturePolicy;
	/** The workspace folder of the cases, relative to the fixture. */
	readonly workspace?: string;
	readonly cases: readonly PolicyCase[];
}

const FIXTURE_KEYS = ['policy', 'workspace', 'cases'];
const CASE_KEYS = [
	'name',
	'server',
	'tool',
	'capability',
	'arguments',
	'expect',
	'rule',
	'reason',
	'principal',
	...SESSION_KEYS,
];
const EFFECTS: readonly Effect[] = ['allow', 'require_approval', 'deny'];

/** Where something stands in the fixture, by its path in the document: counts from 1; the nearest thing there is. */
type LineOf = (path: readonly (string | number)[]) => number | undefined;

/** The place of a key of one case, or of the case itself, as messages name it: `FILE:LINE: cases[2]`. */
type Where = (key?: string) => string;

/** Reads the text of a fixture. `file` is used for messages only. Throws a {@link FixtureError}. */
export function parseFixture(text: string, file: string): FixtureText {
	const { root, lineOf } = readYaml(text, file);
	const at = (path: readonly (string | number)[]) => {
		const line = lineOf(path);
		return line === undefined ? file : `${file}:${String(line)}`;
	};
	if (!isJsonObject(root)) {
		throw new FixtureError(`${file}: a fixture is a mapping with 'policy', 'workspace' and 'cases'`);
	}
	refuseUnknown(root, FIXTURE_KEYS, key => `${at([key])}:`);
	const { policy, workspace, cases } = root;
	if (!isJsonArray(cases)) {
		throw new FixtureError(`${file}: 'cases' must be a list`);
	}
	if (workspace !== undefined && typeof workspace !== 'string') {
		throw new FixtureError(`${file}: 'workspace' must be a path`);
	}
	return {
		policy: readPolicy(policy, file),
		...(workspace !== undefined && { workspace }),
		cases: cases.map((item, index) => {
			const path = ['cases', index];
			const where = (key?: string) => `${at(key === undefined ? path : [...path, key])}: cases[${String(index)}]`;
			return readCase(item, where, lineOf(path) ?? 1);
		}),
	};
}

function readYaml(text: string, file: string): { readonly root: JsonValue | undefined; readonly lineOf: LineOf } {
	const lineCounter = new LineCounter();
	const outcome = parseYaml(text, lineCounter);
	if (outcome.kind !== 'document') {
		throw new FixtureError(`${file}: a fixture is one YAML document, and not a deep one`);
	}
	const { document } = outcome;
	const error = document.errors[0];
	if (error !== undefined) {
		const { line, col } = lineCounter.linePos(error.pos[0]);
		throw new FixtureError(`${file}:${String(line)}:${String(col)}: ${error.message.split('\n')[0] ?? ''}`);
	}
	try {
		const root = document.toJS({ maxAliasCount: 100 }) as JsonValue | undefined;
		return { root, lineOf: path => lineIn(document, lineCounter, path) };
	} catch (error) {
		throw new FixtureError(`${file}: ${errorText(error)}`, { cause: error });
	}
}

function lineIn(document: Document, lines: LineCounter, path: readonly (string | number)[]): number | undefined {
	const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
	const last = path.at(-1);
	const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
	const found = pair?.key ?? document.getIn(path, true) ?? parent;
	const start = isNode(found) ? found.range?.[0] : undefined;
	return start === undefined ? undefined : lines.linePos(start).line;
}

/** A path relative to the fixture, policy text of several lines, or the policy itself as a mapping. */
function readPolicy(policy: JsonValue | undefined, file: string): FixturePolicy {
	if (isJsonObject(policy)) {
		return { kind: 'text', text: stringify(policy) };
	}
	if (typeof policy !== 'string' || policy === '') {
		throw new FixtureError(`${file}: 'policy' must be a path, a policy text or a mapping`);
	}
	return policy.includes('\n') ? { kind: 'text', text: policy } : { kind: 'file', path: policy };
}

function readCase(item: JsonValue, where: Where, line: number): PolicyCase {
	if (!isJsonObject(item)) {
		throw new FixtureError(`${where()} must be a mapping`);
	}
	refuseUnknown(item, CASE_KEYS, where);
	const expect = EFFECTS.find(effect => effect === item.expect);
	if (expect === undefined) {
		throw new FixtureError(`${where('expect')} 'expect' must be ${EFFECTS.join(', ')}`);
	}
	const args = item.arguments ?? {};
	if (!isJsonObject(args)) {
		throw new FixtureError(`${where('arguments')} 'arguments' must be a mapping`);
	}
	const capability = optionalText(item, 'capability', where);
	const rule = optionalText(item, 'rule', where);
	const reason = optionalText(item, 'reason', where);
	const session = readSession(item, (key, why) => {
		throw new FixtureError(`${where(key)} '${key}' ${why}`);
	});
	const principal = item.principal === undefined ? undefined : parsePrincipal(item.principal);
	if (typeof principal === 'string') {
		throw new FixtureError(`${where('principal')} 'principal' ${principal}`);
	}
	return {
		name: text(item, 'name', where),
		server: text(item, 'server', where),
		tool: text(item, 'tool', where),
		arguments: args,
		expect,
		...(capability !== undefined && { capability }),
		...(rule !== undefined && { rule }),
		...(reason !== undefined && { reason }),
		...(session !== undefined && { session }),
		...(principal !== undefined && { principal }),
		line,
	};
}

function text(item: JsonObject, key: string, where: Where): string {
	const value = optionalText(item, key, where);
	if (value === undefined) {
		throw new FixtureError(`${where()} '${key}' is missing`);
	}
	return value;
}

function optionalText(item: JsonObject, key: string, where: Where): string | undefined {
	const value = item[key];
	if (value !== undefined && typeof value !== 'string') {
		throw new FixtureError(`${where(key)} '${key}' must be a text`);
	}
	return value;
}

function refuseUnknown(item: JsonObject, known: readonly string[], where: (key: string) => string): void {
	const unknown = Object.keys(item).find(key => !known.includes(key));
	if (unknown !== undefined) {
		throw new FixtureError(`${where(unknown)} '${unknown}' is not a key here; known keys are ${known.join(', ')}`);
	}
}
