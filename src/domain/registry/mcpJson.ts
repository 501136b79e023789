import { type Node } from 'jsonc-parser';
import { duplicateKeys, lineAt, type Member, membersOf, parseDocument, textOf } from './jsonDocument';
import { type Launch, type StdioLaunch } from './launch';
import { isKnownVariable, variablesIn } from './resolveLaunch';
import { isServerName } from './serverName';

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
	/** 1-based. */
	readonly line: number;
}

/** One entry of `inputs` (VS Code docs, "Input variables for sensitive data"). Attacker-controlled. */
export interface FoundInput {
	readonly id: string;
	readonly kind: 'prompt' | 'pick';
	readonly description?: string;
	readonly default?: string;
	/** What can be picked. */
	readonly options: readonly string[];
	/** True where the value is a secret. */
	readonly password: boolean;
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
const MAX_ITEMS = 256;
const MAX_TEXT = 32_768;

/**
 * Reads `.vscode/mcp.json` or the user's `mcp.json` (VS Code docs, "MCP configuration reference"): JSON with comments and
 * trailing commas. Never throws; a text that does not parse gives one problem and no servers. An empty text has none.
 */
export function readMcpJson(text: string, file: string): McpJson {
	if (text.replace('\uFEFF', '').trim() === '') {
		return { servers: [], problems: [] };
	}
	const none = (line: number, message: string): McpJson => ({ servers: [], problems: [{ file, line, message }] });
	const document = parseDocument(text);
	if ('problem' in document) {
		return none(document.problem.line, document.problem.message);
	}
	const top = membersOf(document.root);
	if (top === undefined) {
		return none(1, 'the file must hold an object');
	}
	const found = top.filter(({ key }) => key === 'servers');
	const [servers] = found;
	if (servers === undefined) {
		return { servers: [], problems: [] };
	}
	const lineOf = (node: Node) => lineAt(text, node.offset + document.start);
	const members = membersOf(servers.value);
	if (members === undefined || found.length > 1) {
		return none(lineOf(servers.property), '"servers" must be one object');
	}
	if (members.length > MAX_SERVERS) {
		return none(lineOf(servers.property), `more than ${MAX_SERVERS} servers`);
	}
	const twice = duplicateKeys(members);
	return {
		servers: members.map(member => readServer(member, twice.has(member.key), lineOf(member.property))),
		problems: [],
	};
}

function readServer({ key, value }: Member, twice: boolean, line: number): FoundServer {
	const read = twice ? 'Its name occurs more than once in the file.' : readLaunch(key, value);
	return typeof read === 'string'
		? { name: key, values: {}, inputs: [], unsupported: read, line }
		: { name: key, ...read, inputs: [], line };
}

/** Fields that change what a server is or where it runs, and that the proxy does not honour yet. */
const UNSUPPORTED_FIELDS: readonly (readonly [field: string, why: string])[] = [
	['url', 'It is reached by URL (HTTP or SSE), which cannot be guarded yet.'],
	['headers', 'It is reached by URL (HTTP or SSE), which cannot be guarded yet.'],
	['envFile', 'It reads an environment file, which cannot be guarded yet.'],
	['sandbox', "It runs in the editor's sandbox, which cannot be guarded yet."],
	['sandboxEnabled', "It runs in the editor's sandbox, which cannot be guarded yet."],
	['dev', 'It runs in development mode, which cannot be guarded yet.'],
];

const MALFORMED = 'Its definition is malformed.';

function readLaunch(name: string, value: Node): (Pick<FoundServer, 'values'> & { launch: StdioLaunch }) | string {
	const members = membersOf(value);
	if (!isServerName(name)) {
		return 'Its name cannot be shown plainly.';
	}
	if (members === undefined || duplicateKeys(members).size > 0) {
		return MALFORMED;
	}
	const fields = new Map(members.map(member => [member.key, member.value]));
	const type = fields.has('type') ? textOf(fields.get('type')) : 'stdio';
	if (type === 'http' || type === 'sse') {
		return 'It is reached by URL (HTTP or SSE), which cannot be guarded yet.';
	}
	const blocking = UNSUPPORTED_FIELDS.find(([field]) => fields.has(field) && fields.get(field)?.value !== false);
	if (blocking !== undefined) {
		return blocking[1];
	}
	const command = plainText(fields.get('command'));
	const args = fields.has('args') ? plainTexts(fields.get('args')) : [];
	const cwd = plainText(fields.get('cwd'));
	const env = fields.has('env') ? readEnv(fields.get('env')) : [];
	if (type !== 'stdio' || command === undefined || command === '' || args === undefined || env === undefined) {
		return MALFORMED;
	}
	if (fields.has('cwd') && cwd === undefined) {
		return MALFORMED;
	}
	const variables = [command, ...args, cwd ?? '', ...env.map(([, text]) => text)].flatMap(variablesIn);
	const foreign = variables.find(variable => !isKnownVariable(variable));
	if (foreign !== undefined) {
		return whyForeign(foreign);
	}
	const launch = {
		kind: 'stdio',
		command,
		args,
		...(cwd !== undefined && { cwd }),
		env: env.map(([key]) => key),
	} as const;
	return { launch, values: Object.fromEntries(env) };
}

function whyForeign(variable: string): string {
	if (variable.startsWith('input:')) {
		return 'It asks for values with ${input:…}, which cannot be guarded yet.';
	}
	return variable.startsWith('command:')
		? 'It takes values from ${command:…}, which cannot be guarded yet.'
		: 'It uses a variable other than ${workspaceFolder}, ${userHome} and ${env:…}, which cannot be guarded yet.';
}

/** A text that a process can be given: no NUL, not endless. */
function plainText(node: Node | undefined): string | undefined {
	const text = textOf(node);
	return text === undefined || text.length > MAX_TEXT || text.includes('\0') ? undefined : text;
}

function plainTexts(node: Node | undefined): readonly string[] | undefined {
	const items = node?.type === 'array' ? (node.children ?? []) : undefined;
	const texts = items?.map(plainText).filter(text => text !== undefined);
	return texts === undefined || texts.length !== items?.length || texts.length > MAX_ITEMS ? undefined : texts;
}

/** VS Code admits strings and numbers; `null`, which unsets an inherited variable, is not supported. */
function readEnv(node: Node | undefined): readonly (readonly [string, string])[] | undefined {
	const members = membersOf(node);
	if (members === undefined || members.length > MAX_ITEMS || duplicateKeys(members).size > 0) {
		return undefined;
	}
	const pairs = members.flatMap(({ key, value }) => {
		const text = value.type === 'number' ? String(value.value) : plainText(value);
		return text === undefined || !isEnvName(key) ? [] : [[key, text] as const];
	});
	return pairs.length === members.length ? pairs : undefined;
}

/** True for a name that every platform takes as that of an environment variable. */
export function isEnvName(name: unknown): name is string {
	return typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_().-]{0,255}$/.test(name) && name !== '__proto__';
}
