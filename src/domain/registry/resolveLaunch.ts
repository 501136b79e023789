import { inEnglish, type Phrase } from '../../base/phrase';
import { type Launch, type HttpLaunch, type StdioLaunch } from './launch';
import { NO_VALUE, PROBLEM_WORDS } from './problemWords';

/** What the variables of a launch stand for. */
export interface LaunchContext {
	/** Absolute folder; absent when none is open, or when several are and none of them is meant. */
	readonly workspaceFolder?: string;
	/** Absolute folders by the names under which the editor has them open; a name that two of them have is not there. */
	readonly namedFolders?: Readonly<Record<string, string>>;
	/** Absolute. */
	readonly userHome: string;
	readonly env: Readonly<Record<string, string | undefined>>;
}

/** A launch with nothing left to resolve; what is shown to the person and what is started. */
export interface ResolvedLaunch {
	readonly command: string;
	readonly args: readonly string[];
	/** Absolute. */
	readonly cwd: string;
	/** Only what is set for this server, on top of the allow-listed environment. Holds secrets. */
	readonly env: Readonly<Record<string, string>>;
}

/** The same for a server that is reached by URL. */
export interface ResolvedHttpLaunch {
	readonly kind: 'http';
	readonly url: string;
	/** Name to value. Holds secrets. */
	readonly headers: Readonly<Record<string, string>>;
}

/** A name that may stand in messages; ids of inputs are attacker-controlled. */
const STORED = /^(?:input|credential):[\w .@/()-]{1,128}$/;

const KNOWN = /^(?:workspaceFolder(?::[^{}$\p{C}]{1,128})?|userHome|env:[A-Za-z_][A-Za-z0-9_()]*)$/u;
const OF_FOLDER = 'workspaceFolder:';

/** The insides of all `${…}` in a text; whether one can be resolved, {@link isKnownVariable} says. Attacker-controlled. */
export function variablesIn(text: string): readonly string[] {
	const found: string[] = [];
	replaceVariables(text, inside => {
		found.push(inside);
		return '';
	});
	return found;
}

/** A text with something in the place of each `${…}`. No pattern does it: one of `${${${…` takes time that grows with its square. */
function replaceVariables(text: string, by: (inside: string) => string): string {
	let result = '';
	let from = 0;
	for (;;) {
		const start = text.indexOf('${', from);
		const end = start < 0 ? -1 : text.indexOf('}', start);
		if (end < 0) {
			return result + text.slice(from);
		}
		result += text.slice(from, start) + by(text.slice(start + 2, end));
		from = end + 1;
	}
}

/** True for `workspaceFolder`, `workspaceFolder:NAME`, `userHome` and `env:NAME`: what they stand for is known wherever a launch is started. */
export function isKnownVariable(inside: string): boolean {
	return KNOWN.test(inside);
}

/** True for `input:ID` and `credential:NAME`: what they stand for lies in secret storage, under that very text. */
export function isStoredVariable(inside: string): boolean {
	return STORED.test(inside);
}

/**
 * Puts the values of the variables into a launch, in one pass: what a variable stands for is never resolved again. A
 * variable without a value is a problem, because what would start then is not what was written. A relative `cwd` counts
 * from the workspace folder, as in VS Code; without one, from the home directory.
 */
export function resolveLaunch(
	launch: StdioLaunch,
	values: Readonly<Record<string, string>>,
	context: LaunchContext,
): ResolvedLaunch | { readonly problem: string } {
	const problems: string[] = [];
	const put = (text: string) => putValues(text, values, context, problems);
	const base = context.workspaceFolder ?? context.userHome;
	const env: [string, string][] = [];
	for (const name of launch.env) {
		const value = Object.hasOwn(values, name) ? values[name] : undefined;
		if (value === undefined) {
			problems.push(inEnglish(PROBLEM_WORDS.noVariable(name)));
		} else {
			env.push([name, put(value)]);
		}
	}
	const resolved: ResolvedLaunch = {
		command: atHome(put(launch.command), context.userHome),
		args: launch.args.map(put),
		cwd: absolute(atHome(launch.cwd === undefined ? base : put(launch.cwd), context.userHome), base),
		env: Object.fromEntries(env),
	};
	const [problem] = problems;
	if (problem !== undefined) {
		return { problem };
	}
	return resolved.command === '' ? { problem: 'the command is empty' } : resolved;
}

/**
 * {@link resolveLaunch} for a URL and its headers. INVARIANT: no value says where a request goes: the origin is what the launch
 * says in plain text, so that it is pinned by the server's id.
 */
export function resolveHttpLaunch(
	launch: HttpLaunch,
	values: Readonly<Record<string, string>>,
	context: LaunchContext,
): ResolvedHttpLaunch | { readonly problem: string } {
	const problems: string[] = [];
	const put = (text: string) => putValues(text, values, context, problems);
	if (variablesIn(AUTHORITY.exec(launch.url)?.[0] ?? launch.url).length > 0) {
		problems.push('the host of its address has to be written out');
	}
	const headers: [string, string][] = [];
	for (const name of launch.headers) {
		const value = Object.hasOwn(values, name) ? values[name] : undefined;
		if (value === undefined) {
			problems.push(inEnglish(PROBLEM_WORDS.noHeader(name)));
		} else {
			headers.push([name, put(value)]);
		}
	}
	const url = put(launch.url);
	const [problem] = problems;
	return problem === undefined ? { kind: 'http', url, headers: Object.fromEntries(headers) } : { problem };
}

/** What of a URL says who is spoken to (RFC 3986 §3.2); the backslash is not taken for the end that some readers see in it. */
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** One text with the values of its variables, put in in one pass. The problem names a variable and no value. */
export function resolveText(
	text: string,
	values: Readonly<Record<string, string>>,
	context: LaunchContext,
): { readonly text: string } | { readonly problem: string } {
	const problems: string[] = [];
	const resolved = putValues(text, values, context, problems);
	const [problem] = problems;
	return problem === undefined ? { text: resolved } : { problem };
}

function putValues(
	text: string,
	values: Readonly<Record<string, string>>,
	context: LaunchContext,
	problems: string[],
): string {
	return replaceVariables(text, inside => {
		const whole = `\${${inside}}`;
		const value = valueOf(inside, values, context);
		if (value === undefined) {
			problems.push(isKnown(inside) ? inEnglish(missingValue(inside, whole)) : NO_VALUE);
		}
		return value ?? '';
	});
}

function isKnown(inside: string): boolean {
	return isStoredVariable(inside) || isKnownVariable(inside);
}

function missingValue(inside: string, whole: string): Phrase {
	return isStoredVariable(inside)
		? PROBLEM_WORDS.notStored(whole)
		: inside === 'workspaceFolder'
			? // VS Code resolves it neither.
				PROBLEM_WORDS.noFolder(whole)
			: PROBLEM_WORDS.noValue(whole);
}

function valueOf(inside: string, values: Readonly<Record<string, string>>, context: LaunchContext): string | undefined {
	if (isStoredVariable(inside)) {
		return own(values, inside);
	}
	if (!isKnownVariable(inside)) {
		return undefined;
	}
	if (inside.startsWith(OF_FOLDER)) {
		return own(context.namedFolders ?? {}, inside.slice(OF_FOLDER.length));
	}
	switch (inside) {
		case 'workspaceFolder':
			return context.workspaceFolder;
		case 'userHome':
			return context.userHome;
		default:
			return own(context.env, inside.slice('env:'.length));
	}
}

function own(values: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
	return Object.hasOwn(values, name) ? values[name] : undefined;
}

function atHome(path: string, home: string): string {
	return /^~(?=$|[/\\])/.test(path) ? `${home}${path.slice(1)}` : path;
}

function absolute(path: string, base: string): string {
	// `\x` as well: on Windows it counts from the drive, not from here.
	return /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path) ? path : `${base}/${path}`;
}

/** A resolved launch as a launch: what is started or reached, without values of variables and headers. */
export function plainLaunch(resolved: ResolvedLaunch | ResolvedHttpLaunch): Launch {
	return 'url' in resolved
		? { kind: 'http', url: resolved.url, headers: [] }
		: { kind: 'stdio', command: resolved.command, args: resolved.args, env: [] };
}
