import { type ApprovalRequest, MAX_ARGUMENTS_TEXT } from '../domain/approval/approval';
import { type Reversal } from '../domain/approval/approvalFacts';
import { type PathFact } from '../domain/policy/facts';
import {
	answerByText,
	approvalMessage,
	type AskedWhen,
	contextLine,
	identityText,
	offersOf,
	offerText,
	offerTitle,
	reasonText,
	ruleFactText,
} from './approvalText';
import { layOutJson } from './layOutJson';
import { quoteForPerson, quoteLines, visibleJson } from './quote';

/** Longest single name in the document's own lines; arguments and descriptions are shown whole. */
const MAX_LINE = 4_096;

const REVERSALS: Readonly<Record<Reversal, string>> = {
	'nothing-to-undo': 'There is nothing to take back.',
	'by-hand': 'By hand.',
	'not-at-all': 'No.',
	unknown: 'That is not known.',
};

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
		section('Who asks', whoLines(request)),
		section('What it does', actionLines(request)),
		...(beside.length === 0 && noDiff === undefined
			? []
			: [
					section('Opened beside this', [
						...beside,
						...(noDiff === undefined
							? []
							: [`No change of the file: it cannot be computed exactly, because ${noDiff}.`]),
					]),
				]),
		section('As whom', identityLines(request)),
		section('Why you are asked', reasonLines(request)),
		section('What it will do, and how to take it back', effectLines(request)),
		section(
			'What influenced this session',
			request.facts.context.map(label => contextLine(label, when.now)),
			'Nothing that is known.',
		),
		...offersOf(request).map(offer =>
			section(`${offerTitle(offer)} amounts to this rule`, [
				`It covers ${offerText(offer, when.now)}.`,
				'',
				...offer.rule.trimEnd().split('\n').map(indented),
			]),
		),
		'Quoted, not verified. Each line of it begins with │.',
		section(`Arguments${cut ? ' (the beginning of them)' : ''}`, [quoteLines(layOutJson(request.argumentsText))]),
		...(request.heldBack === undefined
			? []
			: [
					section(
						'Not sent, because the reviewed server does not declare it',
						request.heldBack.map(path => line(path)),
					),
				]),
		section('What the server says of the tool', [
			...(request.description === undefined
				? ['Nothing.']
				: [
						quoteLines(request.description.description ?? ''),
						'',
						quoteLines(visibleJson({ ...request.description, description: undefined })),
					]),
		]),
		`SHA-256 of what will be sent: ${request.digest}`,
		'',
	].join('\n\n');
}

function whoLines({ facts, session, again, repeats }: ApprovalRequest): string[] {
	const { client, unknown } = facts.goal;
	return [
		client === undefined
			? 'A client that has not said what it is'
			: `A client that calls itself “${quoteForPerson(`${client.name} ${client.version}`, MAX_LINE)}”`,
		`Session: ${quoteForPerson(session, MAX_LINE)}`,
		unknown,
		...(again === undefined ? [] : ['You allowed an identical call once. This is another one.']),
		...(repeats > 1 ? [`${String(repeats)} identical calls wait for this answer.`] : []),
	];
}

function actionLines({ server, tool, capability, paths, facts }: ApprovalRequest): string[] {
	const { launch, hosts } = facts.downstream;
	return [
		`Tool: ${line(tool)}`,
		`Capability: ${line(capability)}`,
		`Server: ${line(server.name)}`,
		...(launch === undefined ? [] : [`Its program, as reviewed: ${line(launch)}`]),
		...hosts.map(host => `Goes to: ${line(host)}`),
		...paths.flatMap(allOfPath),
	];
}

function allOfPath({ pointer, raw, candidates, problem, flags, recursive }: PathFact): string[] {
	const notes = [
		...(problem === undefined ? [] : [`cannot be judged: ${problem}`]),
		...(flags?.hardLinked === true ? ['the file has a second name somewhere else'] : []),
		...(flags?.otherDevice === true ? ['it is mounted from somewhere else'] : []),
		...(recursive === true ? ['and everything below it'] : []),
	];
	return [
		`Path, at ${line(pointer)} of the arguments: ${line(raw)}`,
		...candidates.map(candidate => `  is: ${line(candidate)}`),
		...notes.map(note => `  ${note}`),
	];
}

function identityLines({ facts }: ApprovalRequest): string[] {
	const { serverId, packageName, environment, trustLevel, principal, reviewedAt } = facts.identity;
	return [
		'The server runs with your own rights.',
		`Its variables: ${environment.length === 0 ? 'none of its own' : environment.map(line).join(', ')}`,
		...(packageName === undefined ? [] : [`Package: ${line(packageName)}`]),
		...(principal === undefined ? [] : [`Identity: ${identityText(principal)}`]),
		`Trust level: ${trustLevel === undefined ? 'not known' : String(trustLevel)}`,
		`Reviewed: ${reviewedAt ?? 'never'}`,
		`Server id: ${line(serverId)}`,
	];
}

function reasonLines({ verdict, facts, findings }: ApprovalRequest): string[] {
	return [
		`Reason: ${reasonText(verdict.reason)}`,
		...facts.rules.map(rule => `Rule: ${ruleFactText(rule)} · ${line(rule.file)}`),
		...(facts.rules.length > 0
			? []
			: verdict.rules.map(({ id, at }) => `Rule: ${line(id)} · ${line(at.file)}:${String(at.line)}`)),
		...findings.map(
			({ severity, advice, pointer }) => `Finding (${severity}) at ${line(pointer)} of the arguments: ${advice}`,
		),
		...facts.risks.map(risk => `Risk: ${risk}`),
		...[...facts.uncertain, ...verdict.errors].map(text => `Not sure: ${line(text)}`),
	];
}

function effectLines({ facts }: ApprovalRequest): string[] {
	const { expected, reversal, rollback } = facts.effect;
	return [expected, rollback, `Can it be taken back? ${REVERSALS[reversal]}`];
}

function section(title: string, lines: readonly string[], none = 'Nothing.'): string {
	return [title, '─'.repeat(title.length), ...(lines.length === 0 ? [none] : lines)].join('\n');
}

function line(text: string): string {
	return quoteForPerson(text, MAX_LINE);
}

function indented(text: string): string {
	return `    ${text}`;
}
