import { dirname, isAbsolute, join, relative } from 'node:path';
import { parseEnv } from 'node:util';
import { type Clock } from '../base/clock';
import { type Launch } from '../domain/registry/launch';
import { type FoundInput, isEnvName } from '../domain/registry/mcpJson';
import { planCredentials } from '../domain/registry/planCredentials';
import { type LaunchContext, resolveText } from '../domain/registry/resolveLaunch';
import { readOriginFile } from '../storage/originFile';
import { type Candidate, type CollectedServer } from './guardPorts';
import { problemText } from './problemText';
import { say } from './say';

/** What collecting needs of the window. */
export interface CollectOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly host: () => Pick<LaunchContext, 'userHome' | 'env' | 'namedFolders'>;
	/** Asks a person for the value of an input; undefined when dismissed. */
	readonly ask: (serverName: string, input: FoundInput) => Promise<string | undefined>;
	/** Shows why a server cannot be guarded. The text quotes a configuration file. */
	readonly tell: (serverName: string, problem: string) => void;
	/** True for a server whose values are stored already: nobody is asked for them again. */
	readonly isGuarded: (launch: Launch) => boolean;
}

/**
 * Turns what a file says into a launch without secrets: reads its `envFile`, takes secrets out, asks for each `${input:…}` once.
 * Undefined when the person dismissed a question, or when it cannot be done, which was then told.
 */
export async function collectCredentials(
	candidate: Candidate,
	{ clock, host, ask, tell, isGuarded }: CollectOptions,
): Promise<CollectedServer | undefined> {
	const { server, source } = candidate;
	const context = { ...host(), ...(source.folder !== undefined && { workspaceFolder: source.folder }) };
	const envFile = await readEnvFile(candidate, context);
	const plan = 'problem' in envFile ? envFile : planCredentials(server, { env: context.env, envFile: envFile.pairs });
	if ('problem' in plan) {
		tell(server.name, problemText(plan.problem));
		return undefined;
	}
	const values: Record<string, string> = { ...plan.values };
	for (const input of isGuarded(plan.launch) ? [] : plan.inputs) {
		const answer = await ask(server.name, input);
		if (answer === undefined) {
			return undefined;
		}
		values[`input:${input.id}`] = answer;
	}
	const storedAt = new Date(clock.now()).toISOString();
	return { launch: plan.launch, values, credentials: plan.references.map(reference => ({ ...reference, storedAt })) };
}

/**
 * The variables of an environment file (`util.parseEnv`: the dotenv format). What a
 * folder brings along may name files of that folder only; a relative path counts from the workspace folder.
 */
async function readEnvFile(
	{ server, source }: Candidate,
	context: LaunchContext,
): Promise<{ readonly pairs: Readonly<Record<string, string>> } | { readonly problem: string }> {
	if (server.envFile === undefined) {
		return { pairs: {} };
	}
	const named = resolveText(server.envFile, {}, context);
	if ('problem' in named) {
		return { problem: say('its environment file cannot be named: {0}', problemText(named.problem)) };
	}
	const base = context.workspaceFolder ?? dirname(source.file);
	const path = named.text.replace(/^~(?=[/\\])/, context.userHome);
	const file = isAbsolute(path) ? path : join(base, path);
	const { folder } = source;
	const ofFolder = folder !== undefined && !relative(folder, source.file).startsWith('..');
	const read = await readOriginFile(file, ofFolder ? folder : dirname(file));
	if (read.kind !== 'file') {
		return {
			problem:
				read.kind === 'missing'
					? say('its environment file {0} is not there', file)
					: say('its environment file {0} is not read: {1}', file, problemText(read.problem)),
		};
	}
	const pairs = Object.entries(parseEnv(read.text.replace('\uFEFF', '')));
	return pairs.every(([name]) => isEnvName(name))
		? { pairs: Object.fromEntries(pairs.map(([name, value]) => [name, value ?? ''])) }
		: { problem: say('its environment file {0} holds a name that is none of a variable', file) };
}
