import { type Node } from 'jsonc-parser';
import { isEnvName } from './envName';
import { duplicateKeys, membersOf, textOf } from './jsonDocument';
import { type HttpLaunch, type Launch, type StdioLaunch } from './launch';
import { type VariableStyle } from './originFormat';
import { isHeaderName } from './readServerEntry';
import { isKnownVariable, variablesIn } from './resolveLaunch';

/** What one definition says. Attacker-controlled. */
export interface Definition {
	readonly launch: Launch;
	/** Values of variables of the environment, or of headers; variables in them unresolved. */
	readonly values: Readonly<Record<string, string>>;
	/** The ids of `${input:…}` in the launch and its values. */
	readonly inputs: readonly string[];
	/** A file with further variables, as it is written. */
	readonly envFile?: string;
}

const MAX_ITEMS = 256;
const MAX_TEXT = 32_768;

const MALFORMED = 'Its definition is malformed.';

/** Fields that change what a server is or where it runs, and that the proxy does not honour. */
const UNSUPPORTED_FIELDS: readonly (readonly [field: string, why: string])[] = [
	['sandbox', "It runs in the editor's sandbox, which does not apply to guarded servers."],
	['sandboxEnabled', "It runs in the editor's sandbox, which does not apply to guarded servers."],
	['dev', 'It runs in development mode, which cannot be guarded.'],
	['headersHelper', 'It takes its headers from a program, which cannot be guarded.'],
];

/** How clients call the two ways to reach a server; VS Code and Claude Code, Copilot CLI, Cursor, Windsurf. */
const STDIO_TYPES: readonly string[] = ['stdio', 'local'];
const HTTP_TYPES: readonly string[] = ['http', 'sse', 'streamable-http', 'streamableHttp'];

/** Reads the value of one server, or says in one sentence of ours why it cannot be guarded. Never throws. */
export function readDefinition(value: Node, style: VariableStyle): Definition | string {
	const members = membersOf(value);
	if (members === undefined || duplicateKeys(members).size > 0) {
		return MALFORMED;
	}
	const fields: Fields = new Map(members.map(member => [member.key, member.value]));
	const blocking = UNSUPPORTED_FIELDS.find(([field]) => fields.has(field) && fields.get(field)?.value !== false);
	if (blocking !== undefined) {
		return blocking[1];
	}
	const url = fields.get('url') ?? fields.get('serverUrl');
	const given = fields.has('type') ? textOf(fields.get('type')) : undefined;
	const type = fields.has('type') ? given : url === undefined ? 'stdio' : 'http';
	// Clients differ on which of the two counts.
	if (
		type === undefined ||
		(url !== undefined && fields.has('command')) ||
		(fields.has('url') && fields.has('serverUrl'))
	) {
		return MALFORMED;
	}
	const read = STDIO_TYPES.includes(type)
		? readStdio(fields, style)
		: HTTP_TYPES.includes(type) && url !== undefined
			? readHttp(url, fields, style)
			: MALFORMED;
	return typeof read === 'string' ? read : checkVariables(read, style);
}

type Fields = ReadonlyMap<string, Node>;

type Read = Omit<Definition, 'inputs'>;

function readStdio(fields: Fields, style: VariableStyle): Read | string {
	const command = plainText(fields.get('command'));
	const args = fields.has('args') ? plainTexts(fields.get('args')) : [];
	const cwd = plainText(fields.get('cwd'));
	const env = fields.has('env') ? readEnv(fields.get('env')) : [];
	const envFile = plainText(fields.get('envFile'));
	if (command === undefined || command === '' || args === undefined || env === undefined || fields.has('url')) {
		return MALFORMED;
	}
	if ((fields.has('cwd') && cwd === undefined) || (fields.has('envFile') && envFile === undefined)) {
		return MALFORMED;
	}
	const put = translator(style);
	const launch: StdioLaunch = {
		kind: 'stdio',
		command: put(command),
		args: args.map(put),
		...(cwd !== undefined && { cwd: put(cwd) }),
		env: env.map(([key]) => key),
	};
	return {
		launch,
		values: Object.fromEntries(env.map(([key, text]) => [key, put(text)])),
		...(envFile !== undefined && { envFile: put(envFile) }),
	};
}

function readHttp(node: Node, fields: Fields, style: VariableStyle): Read | string {
	const url = plainText(node);
	const headers = fields.has('headers') ? readHeaders(fields.get('headers')) : [];
	if (url === undefined || headers === undefined || fields.has('envFile')) {
		return MALFORMED;
	}
	const problem = problemOf(url);
	if (problem !== undefined) {
		return problem;
	}
	const put = translator(style);
	const launch: HttpLaunch = { kind: 'http', url: put(url), headers: headers.map(([key]) => key) };
	return { launch, values: Object.fromEntries(headers.map(([key, text]) => [key, put(text)])) };
}

/** What is sent in the clear, or names a person, is not taken over. The proxy judges the resolved address once more. */
function problemOf(url: string): string | undefined {
	const [, scheme = '', authority = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\]*)/i.exec(url) ?? [];
	if (!/^https?$/i.test(scheme)) {
		return 'Its address is neither http nor https, which cannot be guarded.';
	}
	if (authority.includes('@')) {
		return 'Its address holds a name or a password, which cannot be guarded.';
	}
	return /^http$/i.test(scheme) && !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(authority)
		? 'Its address is http on another machine; only https is guarded there.'
		: undefined;
}

/** Claude's and Copilot's `${NAME}` is our `${env:NAME}`. Where nothing is a variable, `${` would be read as one by us. */
function translator(style: VariableStyle): (text: string) => string {
	switch (style) {
		case 'vscode':
			return text => text;
		case 'shell':
			return text => text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, '${env:$1}');
		case 'none':
			return text => text.replaceAll('${', '${literal:');
	}
}

function checkVariables(read: Read, style: VariableStyle): Definition | string {
	const { launch, values, envFile = '' } = read;
	const own = launch.kind === 'stdio' ? [launch.command, ...launch.args, launch.cwd ?? ''] : [launch.url];
	const texts = [...own, ...Object.values(values), envFile];
	const variables = texts.flatMap(variablesIn);
	const foreign = variables.find(variable => inputOf(variable) === undefined && !isOurs(variable, style));
	if (foreign !== undefined) {
		if (foreign.startsWith('command:')) {
			return 'It takes values from ${command:…}, which cannot be guarded.';
		}
		return style === 'vscode'
			? 'It uses a variable other than ${workspaceFolder}, ${workspaceFolder:NAME}, ${userHome}, ${env:…} and ${input:…}, which cannot be guarded.'
			: 'It uses a variable other than ${workspaceFolder}, ${userHome}, ${env:…} and ${input:…}, which cannot be guarded.';
	}
	const inputs = [...new Set(variables.map(inputOf).filter(id => id !== undefined))];
	return inputs.length > MAX_ITEMS ? MALFORMED : { ...read, inputs };
}

/** What a file cannot name: values that the firewall itself has put aside, and folders of VS Code in files of others. */
function isOurs(variable: string, style: VariableStyle): boolean {
	const byName = variable.startsWith('workspaceFolder:') && style !== 'vscode';
	return isKnownVariable(variable) && !variable.startsWith('credential:') && !byName;
}

function inputOf(variable: string): string | undefined {
	return /^input:([^{}$]{1,256})$/.exec(variable)?.[1];
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
	return readPairs(node, isEnvName, value => (value.type === 'number' ? String(value.value) : plainText(value)));
}

function readHeaders(node: Node | undefined): readonly (readonly [string, string])[] | undefined {
	const pairs = readPairs(node, isHeaderName, value => {
		const text = plainText(value);
		return text === undefined || /[\r\n]/.test(text) ? undefined : text;
	});
	const names = new Set(pairs?.map(([name]) => name.toLowerCase()));
	return names.size === (pairs?.length ?? 0) ? pairs : undefined;
}

function readPairs(
	node: Node | undefined,
	isName: (name: string) => boolean,
	read: (value: Node) => string | undefined,
): readonly (readonly [string, string])[] | undefined {
	const members = membersOf(node);
	if (members === undefined || members.length > MAX_ITEMS || duplicateKeys(members).size > 0) {
		return undefined;
	}
	const pairs = members.flatMap(({ key, value }) => {
		const text = read(value);
		return text === undefined || !isName(key) || key === '__proto__' ? [] : [[key, text] as const];
	});
	return pairs.length === members.length ? pairs : undefined;
}
