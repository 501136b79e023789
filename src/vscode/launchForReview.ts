import { errorText } from '../base/errors';
import { type HttpLaunch, type Launch } from '../domain/registry/launch';
import {
	type LaunchContext,
	type ResolvedHttpLaunch,
	type ResolvedLaunch,
	resolveHttpLaunch,
	resolveLaunch,
} from '../domain/registry/resolveLaunch';
import { unresolvedValues } from '../domain/registry/shownLaunch';
import { checkTarget } from '../proxy/upstream/httpTarget';
import { type GuardUi } from './guardPorts';
import { quoteForPerson } from './quote';

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

/**
 * Resolves a launch and asks the person whether it may be started or reached. Values are shown by their names alone. Undefined
 * when the person said no, or when it cannot be resolved or used, which was then told.
 */
export async function confirmedLaunch(
	ui: Pick<GuardUi, 'confirm' | 'confirmLaunch' | 'error'>,
	server: LaunchToConfirm,
	context: LaunchContext,
): Promise<ResolvedLaunch | ResolvedHttpLaunch | undefined> {
	const { name, launch, values, file } = server;
	const fail = (problem: string): undefined => {
		ui.error(`“${quoteForPerson(name, 60)}” cannot be started: ${quoteForPerson(problem, 300)}.`);
		return undefined;
	};
	const plain = unresolvedValues(launch);
	const unresolved = { ...context, env: plain.env };
	if (launch.kind === 'http') {
		const resolved = resolveHttpLaunch(launch, values, context);
		const shown = resolveHttpLaunch(launch, plain.values, unresolved);
		if ('problem' in resolved || 'problem' in shown) {
			fail('problem' in resolved ? resolved.problem : '');
			return;
		}
		const problem = unusable(resolved);
		if (problem !== undefined) {
			fail(problem);
			return;
		}
		return (await confirmAddress(ui, shown.url, launch, server)) ? resolved : undefined;
	}
	const resolved = resolveLaunch(launch, values, context);
	const shown = resolveLaunch(launch, plain.values, unresolved);
	if ('problem' in resolved || 'problem' in shown) {
		fail('problem' in resolved ? resolved.problem : '');
		return;
	}
	const { command, args, cwd } = shown;
	const { pinnedTo } = server;
	const question = {
		...{ serverName: name, command, args, cwd, env: launch.env, file },
		...(pinnedTo !== undefined && { pinnedTo }),
	};
	return (await ui.confirmLaunch(question)) ? resolved : undefined;
}

function confirmAddress(
	ui: Pick<GuardUi, 'confirm'>,
	url: string,
	launch: HttpLaunch,
	{ name, file }: LaunchToConfirm,
): Promise<boolean> {
	const gets =
		launch.headers.length > 0
			? 'It gets these headers and is asked what it offers.'
			: 'It is asked what it offers.';
	const detail = [
		quoteForPerson(url, 1500),
		'',
		...(launch.headers.length > 0 ? [`With headers: ${quoteForPerson(launch.headers.join(', '), 300)}`] : []),
		`Server “${quoteForPerson(name, 60)}”, defined in ${quoteForPerson(file, 300)}`,
		`${gets} A sign-in, if it wants one, is asked for separately.`,
	].join('\n');
	const host = quoteForPerson(new URL(launch.url.replaceAll(/\$\{[^}]*\}/g, '')).host, 100);
	return ui.confirm(`Connect to ${host} to list its tools?`, detail, 'Connect');
}

/** Why an address or a header cannot be used; one sentence without its full stop. */
function unusable(resolved: ResolvedHttpLaunch): string | undefined {
	try {
		checkTarget(resolved);
		return undefined;
	} catch (error) {
		return errorText(error).replace(/\.$/, '');
	}
}
