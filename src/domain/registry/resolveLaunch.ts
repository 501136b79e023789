import { type HttpLaunch, type StdioLaunch } from './launch';

/** What the variables of a launch stand for. */
export interface LaunchContext {
	/** Absolute folder; absent when no folder is open. */
	readonly workspaceFolder?: string;
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

/** Every `${…}`; whether its inside is one that can be resolved, {@link isKnownVariable} says. */
const VARIABLE = /\$\{([^}]*)\}/g;

const KNOWN = /^(?:workspaceFolder|userHome|env:[A-Za-z_][A-Za-z0-9_()]*)$/;

/** The insides of all `${…}` in a text. */
export function variablesIn(text: string): readonly string[] {
	return [...text.matchAll(VARIABLE)].map(([, inside = '']) => inside);
}

/** True for `workspaceFolder`, `userHome` and `env:NAME`, the variables that a guarded launch may hold. */
export function isKnownVariable(inside: string): boolean {
	return KNOWN.test(inside);
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
	const put = (text: string) => resolveText(text, context, problems);
	const base = context.workspaceFolder ?? context.userHome;
	const env: [string, string][] = [];
	for (const name of launch.env) {
		const value = Object.hasOwn(values, name) ? values[name] : undefined;
		if (value === undefined) {
			problems.push(`no value is stored for the environment variable ${name}`);
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

/** {@link resolveLaunch} for a URL and its headers. */
export function resolveHttpLaunch(
	launch: HttpLaunch,
	values: Readonly<Record<string, string>>,
	context: LaunchContext,
): ResolvedHttpLaunch | { readonly problem: string } {
	const problems: string[] = [];
	const headers: [string, string][] = [];
	for (const name of launch.headers) {
		const value = Object.hasOwn(values, name) ? values[name] : undefined;
		if (value === undefined) {
			problems.push(`no value is stored for the header ${name}`);
		} else {
			headers.push([name, resolveText(value, context, problems)]);
		}
	}
	const url = resolveText(launch.url, context, problems);
	const [problem] = problems;
	return problem === undefined ? { kind: 'http', url, headers: Object.fromEntries(headers) } : { problem };
}

function resolveText(text: string, context: LaunchContext, problems: string[]): string {
	return text.replaceAll(VARIABLE, (whole, inside: string) => {
		const value = valueOf(inside, context);
		if (value === undefined) {
			problems.push(`${isKnownVariable(inside) ? whole : 'a variable of the launch'} has no value here`);
		}
		return value ?? '';
	});
}

function valueOf(inside: string, context: LaunchContext): string | undefined {
	if (!isKnownVariable(inside)) {
		return undefined;
	}
	switch (inside) {
		case 'workspaceFolder':
			return context.workspaceFolder;
		case 'userHome':
			return context.userHome;
		default: {
			const name = inside.slice('env:'.length);
			return Object.hasOwn(context.env, name) ? context.env[name] : undefined;
		}
	}
}

function atHome(path: string, home: string): string {
	return /^~(?=$|[/\\])/.test(path) ? `${home}${path.slice(1)}` : path;
}

function absolute(path: string, base: string): string {
	return /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path) ? path : `${base}/${path}`;
}
