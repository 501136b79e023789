import { expectedDeeds } from '../domain/probe/expectedDeeds';
import { addressText, fileText, type ProbeMismatch } from '../domain/probe/probeFindings';
import { type ProbeReport, type ProbeSeen, type ProbeStep, UNSEEN_CHILD } from '../domain/probe/probeReport';
import { quoteForPerson } from './quote';
import { saidTable, say, sayCount, sayPhrase } from './say';

/** Lines of one kind that a step shows; the trail of a probe is for reading. */
const MAX_LINES = 40;

const SEVERITY: Readonly<Record<ProbeMismatch['severity'], string>> = saidTable({
	high: 'MISMATCH',
	medium: 'look at',
	low: 'note',
});

/**
 * A probe as a document of plain text: what does not fit first, then what each tool was seen to do beside what its capability
 * covers, then what could not be observed. Names, paths and addresses are quoted.
 */
export function probeDocument(serverName: string, report: ProbeReport, mismatches: readonly ProbeMismatch[]): string {
	return [
		say('Probe of {0}, {1}', quoteForPerson(serverName, 60), report.at),
		'',
		verdictLine(mismatches),
		...mismatches.map(mismatchLine),
		'',
		...report.steps.flatMap(step => [...stepLines(step), '']),
		say('What a probe cannot tell'),
		...report.blind.map(line => `  ${say(line)}`),
		'',
	].join('\n');
}

/** The outcome of a probe as one sentence of ours. */
export function verdictLine(mismatches: readonly ProbeMismatch[]): string {
	const high = mismatches.filter(({ severity }) => severity === 'high').length;
	if (high > 0) {
		return sayCount(
			high,
			'It does more than it says: {0} thing does not fit the declared capabilities.',
			'It does more than it says: {0} things do not fit the declared capabilities.',
		);
	}
	return mismatches.length > 0
		? sayCount(
				mismatches.length,
				'Nothing contradicts the declared capabilities; {0} thing to look at.',
				'Nothing contradicts the declared capabilities; {0} things to look at.',
			)
		: say('Nothing was seen that the declared capabilities do not cover.');
}

function mismatchLine({ severity, tool, advice, evidence }: ProbeMismatch): string {
	const who = tool === '' ? '' : `${quoteForPerson(tool, 80)}: `;
	return `  ${SEVERITY[severity]}: ${who}${sayPhrase(advice)} ${evidence.map(each => quoteForPerson(each, 120)).join(', ')}`;
}

function stepLines({ kind, tool, capability, outcome, seen }: ProbeStep): readonly string[] {
	switch (kind) {
		case 'start':
			return [say('When it started'), ...seenLines(seen)];
		case 'afterwards':
			return [say('After the calls, while it ended'), ...seenLines(seen)];
		case 'tool': {
			const covered = [...expectedDeeds(capability)].map(deed => DEED_NAMES[deed]).join(', ');
			return [
				`${quoteForPerson(tool, 80)} (${OUTCOMES[outcome]})`,
				`  ${say('declared: {0}; it may be seen to: {1}', capability, covered === '' ? say('do nothing but answer') : covered)}`,
				...seenLines(seen),
			];
		}
	}
}

const DEED_NAMES = saidTable({
	write: 'write files',
	delete: 'delete files',
	connect: 'connect',
	listen: 'listen',
	child: 'start programs',
});

const OUTCOMES: Readonly<Record<ProbeStep['outcome'], string>> = {
	get answered() {
		return say('answered');
	},
	get 'tool-error'() {
		return say('answered with an error');
	},
	get failed() {
		return say('did not answer');
	},
	none: '',
};

const FILE_WORDS = {
	written: (file: string) => say('wrote {0}', file),
	deleted: (file: string) => say('deleted {0}', file),
	moved: (file: string) => say('moved to {0}', file),
	passing: (file: string) => say('made and removed {0}', file),
} as const;
const CONNECTION_WORDS = {
	proxied: (address: string) => say('asked the proxy for {0}', address),
	direct: (address: string) => say('connected directly to {0}', address),
	listening: (address: string) => say('listened on {0}', address),
} as const;

function seenLines({ files, connections, children }: ProbeSeen): readonly string[] {
	const lines = [
		...bounded(files.map(file => FILE_WORDS[file.kind](quoteForPerson(fileText(file), 200)))),
		...bounded(
			connections.map(connection => {
				const said = CONNECTION_WORDS[connection.kind](quoteForPerson(addressText(connection), 120));
				return connection.leaked === true ? say('{0}, and sent a marked value of the probe', said) : said;
			}),
		),
		...bounded(
			children.map(child => say('started {0}', quoteForPerson(child === UNSEEN_CHILD ? say(child) : child, 80))),
		),
	];
	return lines.length === 0 ? [`  ${say('seen: nothing')}`] : lines.map(line => `  ${say('seen: {0}', line)}`);
}

function bounded(lines: readonly string[]): readonly string[] {
	const more = lines.length - MAX_LINES;
	return more > 0 ? [...lines.slice(0, MAX_LINES), say('… and {0} more', more)] : lines;
}
