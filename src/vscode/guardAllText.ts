import { describeLaunch } from '../domain/registry/launch';
import { decidesCode } from '../domain/registry/loaderVariables';
import { type ReviewFinding } from '../domain/registry/reviewFinding';
import { exposedSecrets } from '../domain/registry/shownLaunch';
import { UNKNOWN_CAPABILITY } from '../domain/policy/capabilityName';
import { dangerOf } from '../domain/policy/capabilityTokens';
import { type ReviewDecision, type ReviewRequest } from './guardPorts';
import { type ShownLaunch } from './launchForReview';
import { fitsWhole, quoteForPerson, quoteLines } from './quote';
import { say, sayCount, whereText } from './say';
import { surfaceText } from './surfaceText';

/** Servers that one question lists; more are asked about in further ones, so that all of it fits on a screen. */
export const SERVERS_AT_ONCE = 8;
/** Characters of a launch, a folder or a file that stand in such a list; what is longer gets a question of its own. */
const LINE = 300;
/** Capabilities that are named for each server. */
const NAMED = 6;
/** Findings that a person may accept by their sentence: of all others they have to see where they are. */
const BY_SENTENCE: ReadonlySet<string> = new Set(['supply-gap', 'hint-contradicts']);

/** A server that was listed, what the person would be asked about it, and what is found in it. */
export interface SeenServer {
	readonly request: ReviewRequest;
	readonly findings: readonly ReviewFinding[];
	/** What approving it as it is comes to; absent where a review has to be had. */
	readonly decision?: ReviewDecision;
}

/** True for a launch that has something to warn of, or that a list cannot show whole: it is asked about by itself. */
export function needsOwnQuestion(shown: ShownLaunch): boolean {
	if (shown.kind === 'connect') {
		return ![shown.url, shown.file, shown.headers.join(', ')].every(text => fitsWhole(text, LINE));
	}
	const { command, args, env, cwd, file } = shown.question;
	const launch = { kind: 'stdio' as const, command, args, env };
	return (
		exposedSecrets(launch).length > 0 ||
		env.some(decidesCode) ||
		![describeLaunch(launch), cwd, file, env.join(', ')].every(text => fitsWhole(text, LINE))
	);
}

/** The question whether all of these may be started: every launch whole, as quoted text. */
export function launchesText(all: readonly ShownLaunch[]): { readonly message: string; readonly detail: string } {
	const message = sayCount(
		all.length,
		'Start this server to list its tools?',
		'Start these {0} servers to list their tools?',
	);
	const lines = all.flatMap((shown, index) => [
		`${String(index + 1)}. ${launchLine(shown)}`,
		...launchMore(shown),
		'',
	]);
	return {
		message,
		detail: [...lines, say('They run with your rights, outside any sandbox, until their tools are listed.')].join(
			'\n',
		),
	};
}

function launchLine(shown: ShownLaunch): string {
	if (shown.kind === 'connect') {
		return say('“{0}” connects to {1}', quoteForPerson(shown.serverName, 60), quoteForPerson(shown.url, LINE));
	}
	const { serverName, command, args, env } = shown.question;
	const line = describeLaunch({ kind: 'stdio', command, args, env });
	return say('“{0}” starts {1}', quoteForPerson(serverName, 60), quoteForPerson(line, LINE));
}

function launchMore(shown: ShownLaunch): readonly string[] {
	if (shown.kind === 'connect') {
		const { headers, file } = shown;
		return [
			...(headers.length > 0 ? [say('with headers {0}', quoteForPerson(headers.join(', '), LINE))] : []),
			say('defined in {0}', quoteForPerson(file, LINE)),
		];
	}
	const { cwd, env, file, pinnedTo } = shown.question;
	return [
		...(env.length > 0 ? [say('with environment variables {0}', quoteForPerson(env.join(', '), LINE))] : []),
		...(pinnedTo !== undefined
			? [say('pinned to version {0}, because its file names none', quoteForPerson(pinnedTo, 60))]
			: []),
		say('in folder {0}, defined in {1}', quoteForPerson(cwd, LINE), quoteForPerson(file, LINE)),
	];
}

/**
 * Whether a server has to be reviewed by itself: something grave is found, or something of which a person has to see where
 * it is. Gaps of what can be pinned, and hints that are not believed, are told by a sentence.
 */
export function needsOwnReview(findings: readonly Pick<ReviewFinding, 'kind' | 'severity'>[]): boolean {
	return findings.some(
		({ kind, severity }) => severity === 'high' || (severity === 'medium' && !BY_SENTENCE.has(kind)),
	);
}

/** The question whether all of these are approved: for each, what its tools can do, and every finding by its sentence. */
export function approvalOfAllText(
	clear: readonly SeenServer[],
	apart: readonly SeenServer[],
): { readonly message: string; readonly detail: string } {
	const names = apart.map(({ request }) => `“${quoteForPerson(request.serverName, 60)}”`).join(', ');
	return {
		message: sayCount(clear.length, 'Approve this server as listed?', 'Approve these {0} servers as listed?'),
		detail: [
			...clear.flatMap(server => [...seenLines(server), '']),
			...(apart.length > 0
				? [say('Not among them, because of what was found: {0}. A review of each follows.', names)]
				: []),
			say(
				'Approving pins what they list now; what changes later is suspended. The policy still decides every call.',
			),
		].join('\n'),
	};
}

function seenLines({ request, findings, decision }: SeenServer): readonly string[] {
	const { serverName, tools, surface } = request;
	const counts = new Map<string, number>();
	for (const { capability } of tools) {
		counts.set(capability, (counts.get(capability) ?? 0) + 1);
	}
	// What the line has no room for is the least of it.
	const kinds = [...counts].sort(([left], [right]) => dangerOf(right) - dangerOf(left));
	const all = kinds.map(([capability, count]) => `${String(count)} ${quoteForPerson(capability, 60)}`);
	const more = all.length > NAMED ? [say('{0} more kinds', all.length - NAMED)] : [];
	const unknown = counts.get(UNKNOWN_CAPABILITY) ?? 0;
	const prompts = surface.prompts.length + surface.resourceTemplates.length;
	const sentences = [...new Set(findings.map(({ sentence }) => sentence))];
	return [
		`“${quoteForPerson(serverName, 60)}”: ${sayCount(tools.length, '{0} tool', '{0} tools')}`,
		...(all.length > 0 ? [say('can do: {0}', [...all.slice(0, NAMED), ...more].join(', '))] : []),
		...(prompts > 0
			? [sayCount(prompts, '{0} prompt or resource template', '{0} prompts or resource templates')]
			: []),
		...(decision === undefined ? [] : [say('may be sent data up to: {0}', decision.ceiling)]),
		...(unknown > 0
			? [sayCount(unknown, '{0} tool of unknown effect stays denied', '{0} tools of unknown effect stay denied')]
			: []),
		...sentences.map(sentence => say('note: {0}', say(sentence))),
	];
}

/** Everything that those servers say and that was found, as a document; every text of theirs quoted line by line. */
export function everythingText(servers: readonly SeenServer[]): string {
	return servers
		.flatMap(({ request, findings }) => [
			say('Server “{0}”', quoteForPerson(request.serverName, 60)),
			say('Starts: {0}', quoteForPerson(describeLaunch(request.launch), 2000)),
			...findings.map(({ sentence, advice, where }) =>
				[
					say(sentence),
					say(advice),
					...(where === undefined ? [] : [`(${quoteForPerson(whereText(where), 300)})`]),
				].join(' '),
			),
			'',
			...request.tools.map(
				({ tool, capability }) => `${quoteForPerson(tool.name, 100)}: ${quoteForPerson(capability, 60)}`,
			),
			'',
			quoteLines(surfaceText(request.surface)),
			'',
		])
		.join('\n');
}
