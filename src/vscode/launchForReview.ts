import { isDeepStrictEqual } from 'node:util';
import { type Launch } from '../domain/registry/launch';
import {
	type LaunchContext,
	type ResolvedHttpLaunch,
	type ResolvedLaunch,
	resolveHttpLaunch,
	resolveLaunch,
} from '../domain/registry/resolveLaunch';
import { unresolvedValues } from '../domain/registry/shownLaunch';
import { checkTarget } from '../proxy/upstream/httpTarget';
import { type GuardUi, type LaunchQuestion } from './guardPorts';
import { failureText, problemText } from './problemText';
import { quoteForPerson } from './quote';
import { say } from './say';

/** A server whose launch a person is asked about. */
export interface LaunchToConfirm {
	readonly name: string;
	readonly launch: Launch;
	/** Secrets. */
	readonly values: Readonly<Record<string, string>>;
	readonly file: string;
	/** The version that was put into the launch; the person is told. */
	readonly pinnedTo?: string;
}

/** What a person sees of a launch before it runs: values by their names alone. */
export type ShownLaunch =
	| { readonly kind: 'start'; readonly question: LaunchQuestion }
	| {
			readonly kind: 'connect';
			readonly serverName: string;
			readonly url: string;
			readonly host: string;
			readonly headers: readonly string[];
			readonly file: string;
	  };

/** A launch as it will run, and as it is shown; or why it cannot run, one sentence without its full stop. */
export function launchToShow(
	{ name, launch, values, file, pinnedTo }: LaunchToConfirm,
	context: LaunchContext,
):
	| { readonly resolved: ResolvedLaunch | ResolvedHttpLaunch; readonly shown: ShownLaunch }
	| { readonly problem: string } {
	const plain = unresolvedValues(launch);
	const unresolved = { ...context, env: plain.env };
	if (launch.kind === 'http') {
		const resolved = resolveHttpLaunch(launch, values, context);
		const shown = resolveHttpLaunch(launch, plain.values, unresolved);
		if ('problem' in resolved || 'problem' in shown) {
			return { problem: 'problem' in resolved ? problemText(resolved.problem) : '' };
		}
		const problem = unusable(resolved);
		const host = problem === undefined ? new URL(launch.url.replaceAll(/\$\{[^}]*\}/g, '')).host : '';
		const { url } = shown;
		const { headers } = launch;
		return problem === undefined
			? { resolved, shown: { kind: 'connect', serverName: name, url, host, headers, file } }
			: { problem };
	}
	const resolved = resolveLaunch(launch, values, context);
	const shown = resolveLaunch(launch, plain.values, unresolved);
	if ('problem' in resolved || 'problem' in shown) {
		return { problem: 'problem' in resolved ? problemText(resolved.problem) : '' };
	}
	const { command, args, cwd } = shown;
	const question = {
		...{ serverName: name, command, args, cwd, env: launch.env, file },
		...(pinnedTo !== undefined && { pinnedTo }),
	};
	return { resolved, shown: { kind: 'start', question } };
}

/** Says why a server cannot be started. */
export function tellUnstartable(ui: Pick<GuardUi, 'error'>, name: string, problem: string): void {
	ui.error(say('“{0}” cannot be started: {1}.', quoteForPerson(name, 60), quoteForPerson(problem, 300)));
}

/**
 * Resolves a launch and asks the person whether it may be started or reached; not where they have `agreed` to the very same.
 * Undefined when the person said no, or when it cannot be resolved or used, which was then told.
 */
export async function confirmedLaunch(
	ui: Pick<GuardUi, 'confirm' | 'confirmLaunch' | 'error'>,
	server: LaunchToConfirm,
	context: LaunchContext,
	agreed?: ShownLaunch,
): Promise<ResolvedLaunch | ResolvedHttpLaunch | undefined> {
	const launch = launchToShow(server, context);
	if ('problem' in launch) {
		tellUnstartable(ui, server.name, launch.problem);
		return undefined;
	}
	const { shown, resolved } = launch;
	const asked =
		agreed !== undefined && isDeepStrictEqual(shown, agreed)
			? true
			: await (shown.kind === 'start' ? ui.confirmLaunch(shown.question) : confirmAddress(ui, shown));
	return asked ? resolved : undefined;
}

function confirmAddress(
	ui: Pick<GuardUi, 'confirm'>,
	{ serverName, url, host, headers, file }: Extract<ShownLaunch, { readonly kind: 'connect' }>,
): Promise<boolean> {
	const gets =
		headers.length > 0
			? say('It gets these headers and is asked what it offers.')
			: say('It is asked what it offers.');
	const detail = [
		quoteForPerson(url, 1500),
		'',
		...(headers.length > 0 ? [say('With headers: {0}', quoteForPerson(headers.join(', '), 300))] : []),
		say('Server “{0}”, defined in {1}', quoteForPerson(serverName, 60), quoteForPerson(file, 300)),
		`${gets} ${say('A sign-in, if it wants one, is asked for separately.')}`,
	].join('\n');
	return ui.confirm(say('Connect to {0} to list its tools?', quoteForPerson(host, 100)), detail, say('Connect'));
}

/** Why an address or a header cannot be used; one sentence without its full stop. */
function unusable(resolved: ResolvedHttpLaunch): string | undefined {
	try {
		checkTarget(resolved);
		return undefined;
	} catch (error) {
		return failureText(error).replace(/\.$/, '');
	}
}
