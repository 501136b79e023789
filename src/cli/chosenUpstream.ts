import { errorText } from '../base/errors';
import { type Launch } from '../domain/registry/launch';
import { checkTarget } from '../proxy/upstream/httpTarget';
import { type UpstreamLaunch } from '../proxy/upstream/openUpstream';
import { UsageError } from './commandLine';

/** The upstream as the command line names it. */
export type UpstreamChoice =
	| {
			readonly kind: 'stdio';
			/** Command and arguments. */
			readonly command: readonly string[];
			/** Names of variables of our own environment that the upstream gets besides the allow-listed ones. */
			readonly env: readonly string[];
	  }
	| {
			readonly kind: 'http';
			readonly url: string;
			/** `NAME=VARIABLE`: the header that is sent, and the variable of our own environment that holds its value. */
			readonly headers: readonly string[];
	  };

/** The launch as policies and the trail know it, and as it is started, with values from our own environment. Throws a {@link UsageError}. */
export function chosenUpstream(upstream: UpstreamChoice): {
	readonly launch: Launch;
	readonly resolved: UpstreamLaunch;
} {
	if (upstream.kind === 'http') {
		const headers = upstream.headers.map(readHeader);
		const { url } = upstream;
		const resolved = { kind: 'http', url, headers: Object.fromEntries(headers) } as const;
		try {
			checkTarget(resolved);
		} catch (error) {
			throw new UsageError(errorText(error));
		}
		return { launch: { kind: 'http', url, headers: headers.map(([name]) => name) }, resolved };
	}
	const [command, ...args] = upstream.command;
	if (command === undefined) {
		throw new UsageError('name the server to start behind "--"');
	}
	const { env } = upstream;
	if (!env.every(isVariable)) {
		// The value behind a "=" may be a secret, so it is not repeated.
		throw new UsageError('--env takes the name of a variable, and nothing else');
	}
	return {
		launch: { kind: 'stdio', command, args, env },
		resolved: { command, args, cwd: process.cwd(), env: chosenVariables(env) },
	};
}

/** A header and its value, which comes from the environment: arguments are there for everybody on this machine to read. */
function readHeader(text: string): readonly [string, string] {
	const cut = text.indexOf('=');
	const name = text.slice(0, cut);
	const variable = text.slice(cut + 1);
	if (cut < 1 || !isVariable(variable)) {
		throw new UsageError('--header takes NAME=VARIABLE: a header, and the variable that holds its value');
	}
	const value = process.env[variable];
	if (value === undefined || value === '') {
		throw new UsageError(`the variable ${variable}, which --header names, is not set`);
	}
	return [name, value];
}

function isVariable(name: string): boolean {
	return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

function chosenVariables(names: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		names.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
	);
}
