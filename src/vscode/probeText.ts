import { counted } from '../base/counted';
import { expectedDeeds } from '../domain/probe/expectedDeeds';
import { addressText, fileText, type ProbeMismatch } from '../domain/probe/probeFindings';
import { type ProbeReport, type ProbeSeen, type ProbeStep } from '../domain/probe/probeReport';
import { quoteForPerson } from './quote';

/** Lines of one kind that a step shows; the trail of a probe is for reading. */
const MAX_LINES = 40;

const SEVERITY: Readonly<Record<ProbeMismatch['severity'], string>> = {
	high: 'MISMATCH',
	medium: 'look at',
	low: 'note',
};

/**
 * A probe as a document of plain text: what does not fit first, then what each tool was seen to do beside what its capability
 * covers, then what could not be observed. Names, paths and addresses are quoted.
 */
export function probeDocument(serverName: string, report: ProbeReport, mismatches: readonly ProbeMismatch[]): string {
	return [
		`Probe of ${quoteForPerson(serverName, 60)}, ${report.at}`,
		'',
		verdictLine(mismatches),
		...mismatches.map(mismatchLine),
		'',
		...report.steps.flatMap(step => [...stepLines(step), '']),
		'What a probe cannot tell',
		...report.blind.map(line => `  ${line}`),
		'',
	].join('\n');
}

/** The outcome of a probe as one sentence of ours. */
export function verdictLine(mismatches: readonly ProbeMismatch[]): string {
	const high = mismatches.filter(({ severity }) => severity === 'high').length;
	if (high > 0) {
		return `It does more than it says: ${String(high)} ${high === 1 ? 'thing does' : 'things do'} not fit the declared capabilities.`;
	}
	return mismatches.length > 0
		? `Nothing contradicts the declared capabilities; ${counted(mismatches.length, 'thing')} to look at.`
		: 'Nothing was seen that the declared capabilities do not cover.';
}

function mismatchLine({ severity, tool, advice, evidence }: ProbeMismatch): string {
	const who = tool === '' ? '' : `${quoteForPerson(tool, 80)}: `;
	return `  ${SEVERITY[severity]}: ${who}${advice} ${evidence.map(each => quoteForPerson(each, 120)).join(', ')}`;
}

function stepLines({ kind, tool, capability, outcome, seen }: ProbeStep): readonly string[] {
	switch (kind) {
		case 'start':
			return ['When it started', ...seenLines(seen)];
		case 'afterwards':
			return ['After the calls, while it ended', ...seenLines(seen)];
		case 'tool': {
			const covered = [...expectedDeeds(capability)].map(deed => DEED_NAMES[deed]).join(', ');
			return [
				`${quoteForPerson(tool, 80)} (${OUTCOMES[outcome]})`,
				`  declared: ${capability}; it may be seen to: ${covered === '' ? 'do nothing but answer' : covered}`,
				...seenLines(seen),
			];
		}
	}
}

const DEED_NAMES = {
	write: 'write files',
	delete: 'delete files',
	connect: 'connect',
	listen: 'listen',
	child: 'start programs',
} as const;

const OUTCOMES: Readonly<Record<ProbeStep['outcome'], string>> = {
	answered: 'answered',
	'tool-error': 'answered with an error',
	failed: 'did not answer',
	none: '',
};

const FILE_WORDS = { written: 'wrote', deleted: 'deleted', moved: 'moved to', passing: 'made and removed' } as const;
const CONNECTION_WORDS = {
	proxied: 'asked the proxy for',
	direct: 'connected directly to',
	listening: 'listened on',
} as const;

function seenLines({ files, connections, children }: ProbeSeen): readonly string[] {
	const lines = [
		...bounded(files.map(file => `${FILE_WORDS[file.kind]} ${quoteForPerson(fileText(file), 200)}`)),
		...bounded(
			connections.map(connection => {
				const leak = connection.leaked === true ? ', and sent a marked value of the probe' : '';
				return `${CONNECTION_WORDS[connection.kind]} ${quoteForPerson(addressText(connection), 120)}${leak}`;
			}),
		),
		...bounded(children.map(child => `started ${quoteForPerson(child, 80)}`)),
	];
	return lines.length === 0 ? ['  seen: nothing'] : lines.map(line => `  seen: ${line}`);
}

function bounded(lines: readonly string[]): readonly string[] {
	const more = lines.length - MAX_LINES;
	return more > 0 ? [...lines.slice(0, MAX_LINES), `… and ${String(more)} more`] : lines;
}
