import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, stringify } from 'yaml';
import { errorText } from '../base/errors';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { parseYaml } from '../domain/policy/boundedYaml';
import { type HostFacts } from '../domain/policy/facts';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type Effect, type PolicyLoad } from '../domain/policy/policy';
import { type SessionFacts } from '../domain/policy/sessionFacts';
import { readSession, SESSION_KEYS } from './caseSession';
import { type Catalogue, composed } from './userPolicy';

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
}

/** A fixture, read: its policy, its cases and the host they are judged on. */
export interface PolicyFixture {
	readonly load: PolicyLoad;
	readonly host: HostFacts;
	readonly cases: readonly PolicyCase[];
}

const FIXTURE_KEYS = ['policy', 'workspace', 'cases'];
const CASE_KEYS = ['name', 'server', 'tool', 'capability', 'arguments', 'expect', 'rule', 'reason', ...SESSION_KEYS];
const EFFECTS: readonly Effect[] = ['allow', 'require_approval', 'deny'];

/** A path into the fixture as it stands in its file: `FILE:LINE: cases[2]`. */
type Locate = (path: readonly (string | number)[]) => string;

/** Reads a fixture file. The catalogue is put in force as the policy says. Throws a {@link FixtureError}. */
export async function readFixture(file: string, catalogue?: Catalogue): Promise<PolicyFixture> {
	const { root, locate } = readYaml(await readText(file), file);
	if (!isJsonObject(root)) {
		throw new FixtureError(`${file}: a fixture is a mapping with 'policy', 'workspace' and 'cases'`);
	}
	refuseUnknown(root, FIXTURE_KEYS, key => locate([key]));
	const { policy, workspace, cases } = root;
	if (!isJsonArray(cases)) {
		throw new FixtureError(`${file}: 'cases' must be a list`);
	}
	if (workspace !== undefined && typeof workspace !== 'string') {
		throw new FixtureError(`${file}: 'workspace' must be a path`);
	}
	const load = await readPolicy(policy, file);
	return {
		load: catalogue === undefined ? load : await composed(load, catalogue),
		host: {
			workspaceFolders: workspace === undefined ? [] : [resolve(dirname(file), workspace)],
			home: homedir(),
			platform: process.platform === 'win32' ? 'win32' : 'posix',
			caseInsensitivePaths: process.platform === 'win32' || process.platform === 'darwin',
		},
		cases: cases.map((item, index) =>
			readCase(item, key => locate(['cases', index, ...(key === undefined ? [] : [key])])),
		),
	};
}

function readYaml(text: string, file: string): { readonly root: JsonValue | undefined; readonly locate: Locate } {
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
		return { root, locate: path => located(document, lineCounter, file, path) };
	} catch (error) {
		throw new FixtureError(`${file}: ${errorText(error)}`, { cause: error });
	}
}

function located(document: Document, lines: LineCounter, file: string, path: readonly (string | number)[]): string {
	const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
	const last = path.at(-1);
	const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
	const found = pair?.key ?? document.getIn(path, true) ?? parent;
	const start = isNode(found) ? found.range?.[0] : undefined;
	const place = start === undefined ? file : `${file}:${String(lines.linePos(start).line)}`;
	const index = path[0] === 'cases' && typeof path[1] === 'number' ? ` cases[${String(path[1])}]` : '';
	return `${place}:${index}`;
}

/** A path relative to the fixture, policy text of several lines, or the policy itself as a mapping. */
async function readPolicy(policy: JsonValue | undefined, file: string): Promise<PolicyLoad> {
	if (isJsonObject(policy)) {
		return parsePolicy(stringify(policy), file);
	}
	if (typeof policy !== 'string' || policy === '') {
		throw new FixtureError(`${file}: 'policy' must be a path, a policy text or a mapping`);
	}
	if (policy.includes('\n')) {
		return parsePolicy(policy, file);
	}
	const path = resolve(dirname(file), policy);
	return parsePolicy(await readText(path), path);
}

/** Where a key of one case stands, or the case itself. */
type Where = (key?: string) => string;

function readCase(item: JsonValue, where: Where): PolicyCase {
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

async function readText(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		throw new FixtureError(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
	}
}
