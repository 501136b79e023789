import { type Node } from 'jsonc-parser';
import { inEnglish } from '../../base/phrase';
import { duplicateKeys, type JsonDocument, lineAt, type Member, membersOf, parseDocument } from './jsonDocument';
import { type Launch } from './launch';
import { formatOf, type OriginFormat } from './originFormat';
import { PROBLEM_WORDS } from './problemWords';
import { readDefinition } from './readDefinition';
import { type FoundInput, inputsBeside } from './readInputs';
import { type ServerOrigin } from './serverEntry';
import { isServerName } from './serverName';

export { isEnvName } from './envName';
export { type FoundInput } from './readInputs';

/** One server of an `mcp.json`. Either `launch` or `unsupported` is there. All of it is attacker-controlled. */
export interface FoundServer {
	readonly name: string;
	readonly launch?: Launch;
	/** Values of `launch.env` or `launch.headers`, variables in them unresolved. Secrets: for secret storage only. */
	readonly values: Readonly<Record<string, string>>;
	/** What `${input:…}` of the launch and its values stand for; a person is asked for each. */
	readonly inputs: readonly FoundInput[];
	/** A file with further variables of the environment, as it is written; variables in it unresolved. */
	readonly envFile?: string;
	/** Why it cannot be guarded yet: one sentence of ours, no text of the file. */
	readonly unsupported?: string;
	/** True where the file says that no client starts it. */
	readonly disabled?: true;
	/** The keys that lead to the object it is a member of; absent: `servers`. */
	readonly at?: readonly string[];
	/** 1-based. */
	readonly line: number;
}

/** What is wrong with an `mcp.json`. */
export interface McpJsonProblem {
	readonly file: string;
	/** 1-based. */
	readonly line: number;
	readonly message: string;
}

/** What an `mcp.json` holds. */
export interface McpJson {
	readonly servers: readonly FoundServer[];
	readonly problems: readonly McpJsonProblem[];
}

const MAX_SERVERS = 200;

/**
 * Reads a file that defines servers, in the format of its kind: JSON with comments and trailing commas. Never throws; a text
 * that does not parse gives one problem and no servers. An empty text has none.
 */
export function readMcpJson(text: string, file: string, kind: ServerOrigin['kind'] = 'workspace'): McpJson {
	if (text.replace('\uFEFF', '').trim() === '') {
		return { servers: [], problems: [] };
	}
	const none = (line: number, message: string): McpJson => ({ servers: [], problems: [{ file, line, message }] });
	const document = parseDocument(text);
	if ('problem' in document) {
		return none(document.problem.line, document.problem.message);
	}
	if (membersOf(document.root) === undefined) {
		return none(1, 'the file must hold an object');
	}
	const format = formatOf({ kind, file });
	const lineOf = (node: Node) => lineAt(text, node.offset + document.start);
	const servers: FoundServer[] = [];
	for (const place of format.paths.flatMap(path => placesAt(document.root, path))) {
		const { at, property, value } = place;
		const name = at.at(-1) ?? '';
		const members = place.twice ? undefined : membersOf(value);
		if (members === undefined) {
			return none(lineOf(property), inEnglish(PROBLEM_WORDS.object(/^[\w.]+$/.test(name) ? name : 'servers')));
		}
		if (servers.length + members.length > MAX_SERVERS) {
			return none(lineOf(property), inEnglish(PROBLEM_WORDS.tooMany(MAX_SERVERS)));
		}
		const twice = duplicateKeys(members);
		servers.push(
			...members.map(member => ({
				...readServer(member, twice.has(member.key), { document, format, at }),
				...(at.join() !== 'servers' && { at }),
				line: lineOf(member.property),
			})),
		);
	}
	return { servers, problems: [] };
}

/** An object that may hold servers, and the keys that lead to it. */
interface Place extends Member {
	readonly at: readonly string[];
	/** True where one of the keys occurs more than once: parsers differ on which one counts. */
	readonly twice: boolean;
}

function placesAt(root: Node, path: readonly string[]): readonly Place[] {
	let found: readonly (Partial<Place> & { readonly value: Node })[] = [{ value: root }];
	for (const step of path) {
		found = found.flatMap(({ value, at = [], twice = false }) => {
			const members = membersOf(value) ?? [];
			const several = duplicateKeys(members);
			const seen = new Set<string>();
			return members
				.filter(({ key }) => (step === '*' || key === step) && seen.size !== seen.add(key).size)
				.map(member => ({ ...member, at: [...at, member.key], twice: twice || several.has(member.key) }));
		});
	}
	return found.filter((place): place is Place => place.property !== undefined);
}

interface ReadContext {
	readonly document: JsonDocument;
	readonly format: OriginFormat;
	readonly at: readonly string[];
}

function readServer({ key, value }: Member, twice: boolean, context: ReadContext): Omit<FoundServer, 'line'> {
	const disabled = context.format.honoursDisabled === true && isDisabled(value) && { disabled: true as const };
	const read = twice
		? 'Its name occurs more than once in the file.'
		: isServerName(key)
			? readDefinition(value, context.format.variables)
			: 'Its name cannot be shown plainly.';
	if (typeof read === 'string') {
		return { name: key, values: {}, inputs: [], unsupported: read, ...disabled };
	}
	const inputs = inputsBeside(context.document.root, context.at, read.inputs);
	return typeof inputs === 'string'
		? { name: key, values: {}, inputs: [], unsupported: inputs, ...disabled }
		: { name: key, ...read, inputs, ...disabled };
}

function isDisabled(value: Node): boolean {
	return membersOf(value)?.some(({ key, value: says }) => key === 'disabled' && says.value === true) === true;
}
