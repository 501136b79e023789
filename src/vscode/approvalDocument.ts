import { type ApprovalRequest, MAX_ARGUMENTS_TEXT } from '../domain/approval/approval';
import { type Reversal } from '../domain/approval/approvalFacts';
import { type PathFact } from '../domain/policy/facts';
import { pathProblem } from '../domain/policy/placeProblem';
import {
	answerByText,
	approvalMessage,
	type AskedWhen,
	contextLine,
	identicalText,
	identityText,
	reasonText,
	riskText,
	ruleFactText,
} from './approvalText';
import { offersOf, offerText, offerTitle } from './offerText';
import { layOutJson } from './layOutJson';
import { quoteForPerson, quoteLines, visibleJson } from './quote';
import { saidTable, say, sayPhrase } from './say';

/** Longest single name in the document's own lines; arguments and descriptions are shown whole. */
const MAX_LINE = 4_096;

const REVERSALS: Readonly<Record<Reversal, string>> = saidTable({
	'nothing-to-undo': 'There is nothing to take back.',
	'by-hand': 'By hand.',
	'not-at-all': 'No.',
	unknown: 'That is not known.',
});

/** What the other editors show that were opened with the document. */
export interface OpenedBeside {
	/** Their names, ours. */
	readonly beside?: readonly string[];
	/** The call edits a file, and why what comes of it cannot be computed: a part of a sentence, ours. */
	readonly noDiff?: string;
}

/**
 * Everything there is to know about the call, as a document: the six facts of an approval, then what a yes would amount to
 * as rules, then what client and server say, every line of it marked.
 */
export function approvalDocument(request: ApprovalRequest, when: AskedWhen, opened: OpenedBeside = {}): string {
	const { beside = [], noDiff } = opened;
	const cut = request.argumentsText.length >= MAX_ARGUMENTS_TEXT;
	return [
		`${approvalMessage(request)}\n${answerByText(when)}`,
		section(say('Who asks'), whoLines(request)),
		section(say('What it does'), actionLines(request)),
		...(beside.length === 0 && noDiff === undefined
			? []
			: [
					section(say('Opened beside this'), [
						...beside,
						...(noDiff === undefined
							? []
							: [say('No change of the file: it cannot be computed exactly, because {0}.', noDiff)]),
					]),
				]),
		section(say('As whom'), identityLines(request)),
		section(say('Why you are asked'), reasonLines(request)),
		section(say('What it will do, and how to take it back'), effectLines(request)),
		section(
			say('What influenced this session'),
			request.facts.context.map(label => contextLine(label, when.now)),
			say('Nothing that is known.'),
		),
		...offersOf(request).map(offer =>
			section(say('{0} amounts to this rule', offerTitle(offer)), [
				say('It covers {0}.', offerText(offer, when.now)),
				'',
				...offer.rule.trimEnd().split('\n').map(indented),
			]),
		),
		say('Quoted, not verified. Each line of it begins with │.'),
		section(cut ? say('Arguments (the beginning of them)') : say('Arguments'), [
			quoteLines(layOutJson(request.argumentsText)),
		]),
		...(request.heldBack === undefined
			? []
			: [
					section(
						say('Not sent, because the reviewed server does not declare it'),
						request.heldBack.map(path => line(path)),
					),
				]),
		section(say('What the server says of the tool'), [
			...(request.description === undefined
				? [say('Nothing.')]
				: [
						quoteLines(request.description.description ?? ''),
						'',
						quoteLines(visibleJson({ ...request.description, description: undefined })),
					]),
		]),
		say('SHA-256 of what will be sent: {0}', request.digest),
		'',
	].join('\n\n');
}

function whoLines({ facts, session, again, repeats }: ApprovalRequest): string[] {
	const { client, unknown } = facts.goal;
	return [
		client === undefined
			? say('A client that has not said what it is')
			: say('A client that calls itself “{0}”', quoteForPerson(`${client.name} ${client.version}`, MAX_LINE)),
		say('Session: {0}', quoteForPerson(session, MAX_LINE)),
		say(unknown),
		...(again === undefined ? [] : [say('You allowed an identical call once. This is another one.')]),
		...(repeats > 1 ? [identicalText(repeats)] : []),
	];
}

function actionLines({ server, tool, capability, paths, facts }: ApprovalRequest): string[] {
	const { launch, hosts } = facts.downstream;
	return [
		say('Tool: {0}', line(tool)),
		say('Capability: {0}', line(capability)),
		say('Server: {0}', line(server.name)),
		...(launch === undefined ? [] : [say('Its program, as reviewed: {0}', line(launch))]),
		...hosts.map(host => say('Goes to: {0}', line(host))),
		...paths.flatMap(allOfPath),
	];
}

function allOfPath({ pointer, raw, candidates, problem, flags, recursive }: PathFact): string[] {
	const notes = [
		...(problem === undefined ? [] : [say('cannot be judged: {0}', sayPhrase(pathProblem(problem)))]),
		...(flags?.hardLinked === true ? [say('the file has a second name somewhere else')] : []),
		...(flags?.otherDevice === true ? [say('it is mounted from somewhere else')] : []),
		...(recursive === true ? [say('and everything below it')] : []),
	];
	return [
		say('Path, at {0} of the arguments: {1}', line(pointer), line(raw)),
		...candidates.map(candidate => `  ${say('is: {0}', line(candidate))}`),
		...notes.map(note => `  ${note}`),
	];
}

function identityLines({ facts }: ApprovalRequest): string[] {
	const { serverId, packageName, environment, trustLevel, principal, reviewedAt } = facts.identity;
	return [
		say('The server runs with your own rights.'),
		say('Its variables: {0}', environment.length === 0 ? say('none of its own') : environment.map(line).join(', ')),
		...(packageName === undefined ? [] : [say('Package: {0}', line(packageName))]),
		...(principal === undefined ? [] : [say('Identity: {0}', identityText(principal))]),
		say('Trust level: {0}', trustLevel === undefined ? say('not known') : String(trustLevel)),
		say('Reviewed: {0}', reviewedAt ?? say('never')),
		say('Server id: {0}', line(serverId)),
	];
}

function reasonLines({ verdict, facts, findings }: ApprovalRequest): string[] {
	return [
		say('Reason: {0}', reasonText(verdict.reason)),
		...facts.rules.map(rule => say('Rule: {0} · {1}', ruleFactText(rule), line(rule.file))),
		...(facts.rules.length > 0
			? []
			: verdict.rules.map(({ id, at }) => say('Rule: {0} · {1}:{2}', line(id), line(at.file), at.line))),
		...findings.map(({ severity, advice, pointer }) =>
			say('Finding ({0}) at {1} of the arguments: {2}', say(severity), line(pointer), say(advice)),
		),
		...facts.risks.map(risk => say('Risk: {0}', riskText(risk, { findings }))),
		...[...facts.uncertain, ...verdict.errors].map(text => say('Not sure: {0}', line(sayPhrase(text)))),
	];
}

function effectLines({ facts }: ApprovalRequest): string[] {
	const { expected, reversal, rollback } = facts.effect;
	return [say(expected), say(rollback), say('Can it be taken back? {0}', REVERSALS[reversal])];
}

function section(title: string, lines: readonly string[], none = say('Nothing.')): string {
	return [title, '─'.repeat(title.length), ...(lines.length === 0 ? [none] : lines)].join('\n');
}

function line(text: string): string {
	return quoteForPerson(text, MAX_LINE);
}

function indented(text: string): string {
	return `    ${text}`;
}
