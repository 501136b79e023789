import { isScalar, LineCounter, type Node, stringify, visit } from 'yaml';
import { errorText } from '../../base/errors';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { parseYaml } from './boundedYaml';
import { type Effect } from './policy';

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
const CASE_KEYS = ['name', 'server', 'tool', 'capability', 'arguments', 'expect', 'rule'];
const EFFECTS: readonly Effect[] = ['allow', 'require_approval', 'deny'];

/** Reads the text of a fixture. `file` is used for messages only. Throws a {@link FixtureError}. */
export function parseFixture(text: string, file: string): FixtureText {
	const { root, lines } = readYaml(text, file);
	if (!isJsonObject(root)) {
		throw new FixtureError(`${file}: a fixture is a mapping with 'policy', 'workspace' and 'cases'`);
	}
	refuseUnknown(root, FIXTURE_KEYS, file);
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
		cases: cases.map((item, index) => readCase(item, `${file}: cases[${String(index)}]`, lines[index] ?? 1)),
	};
}

function readYaml(text: string, file: string) {
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
	const lines: number[] = [];
	visit(document, {
		Pair(_key, pair, ancestors) {
			if (isScalar(pair.key) && pair.key.value === 'cases' && ancestors.length === 2) {
				const { items } = pair.value as { readonly items?: readonly (Node | null)[] };
				lines.push(...(items ?? []).map(item => lineCounter.linePos(item?.range?.[0] ?? 0).line));
				return visit.BREAK;
			}
			return undefined;
		},
	});
	try {
		return { root: document.toJS({ maxAliasCount: 100 }) as JsonValue | undefined, lines };
	} catch (error) {
		throw new FixtureError(`${file}: ${errorText(error)}`, { cause: error });
	}
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

function readCase(item: JsonValue, where: string, line: number): PolicyCase {
	if (!isJsonObject(item)) {
		throw new FixtureError(`${where} must be a mapping`);
	}
	refuseUnknown(item, CASE_KEYS, where);
	const expect = EFFECTS.find(effect => effect === item.expect);
	if (expect === undefined) {
		throw new FixtureError(`${where}: 'expect' must be ${EFFECTS.join(', ')}`);
	}
	const args = item.arguments ?? {};
	if (!isJsonObject(args)) {
		throw new FixtureError(`${where}: 'arguments' must be a mapping`);
	}
	const capability = optionalText(item, 'capability', where);
	const rule = optionalText(item, 'rule', where);
	return {
		name: text(item, 'name', where),
		server: text(item, 'server', where),
		tool: text(item, 'tool', where),
		arguments: args,
		expect,
		...(capability !== undefined && { capability }),
		...(rule !== undefined && { rule }),
		line,
	};
}

function text(item: JsonObject, key: string, where: string): string {
	const value = optionalText(item, key, where);
	if (value === undefined) {
		throw new FixtureError(`${where}: '${key}' is missing`);
	}
	return value;
}

function optionalText(item: JsonObject, key: string, where: string): string | undefined {
	const value = item[key];
	if (value !== undefined && typeof value !== 'string') {
		throw new FixtureError(`${where}: '${key}' must be a text`);
	}
	return value;
}

function refuseUnknown(item: JsonObject, known: readonly string[], where: string): void {
	const unknown = Object.keys(item).find(key => !known.includes(key));
	if (unknown !== undefined) {
		throw new FixtureError(`${where}: '${unknown}' is not a key here; known keys are ${known.join(', ')}`);
	}
}
