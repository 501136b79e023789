import { nameFindings } from './nameFindings';
import { type ProbeReport } from '../probe/probeReport';
import { parameterFindings } from './parameterFindings';
import { probeReviewFindings } from './probeReviewFindings';
import { reviewFinding, type ReviewFinding } from './reviewFinding';
import { type ReviewSubject } from './reviewSubject';
import { type ServerEntry } from './serverEntry';
import { SUPPLY_GAPS } from './supplyGaps';
import { type ServerSource, type SupplyPin } from './supplyPin';
import { type ServerSurface } from './surface';
import { textFindings } from './textFindings';

/** A server under review. What it says is attacker-controlled. */
export interface ServerUnderReview {
	readonly name: string;
	readonly surface: ServerSurface;
	readonly supply: SupplyPin;
	/** What each tool counts as, by its name. */
	readonly capabilityOf: (tool: string) => string;
	/** The last probe of the same launch. */
	readonly probe?: ProbeReport;
	/** The other guarded servers. */
	readonly others: readonly ServerEntry[];
}

/** Everything that a reviewer should know before approving, the gravest first. */
export function reviewFindings(server: ServerUnderReview): readonly ReviewFinding[] {
	const { name, surface, supply, capabilityOf, others, probe } = server;
	const { instructions, serverInfo } = surface;
	const items = (kind: 'prompt' | 'template', listed: ServerSurface['prompts']) =>
		listed.flatMap(({ key, text }) => textFindings({ kind, name: key }, text));
	const findings = [
		...supplyFindings(supply),
		...(probe === undefined ? [] : probeReviewFindings(probe, surface, capabilityOf)),
		...textFindings({ kind: 'identity' }, { ...serverInfo }),
		...(instructions === undefined ? [] : instructionFindings(instructions)),
		...nameFindings(name, surface, others),
		...surface.tools.flatMap(tool => [
			...textFindings({ kind: 'tool', name: tool.name }, { ...tool }),
			...parameterFindings(tool, capabilityOf(tool.name)),
		]),
		...items('prompt', surface.prompts),
		...items('template', surface.resourceTemplates),
	];
	const order = { high: 0, medium: 1, low: 2 };
	return findings.sort((left, right) => order[left.severity] - order[right.severity]);
}

function instructionFindings(instructions: string): readonly ReviewFinding[] {
	const subject: ReviewSubject = { kind: 'instructions' };
	return [reviewFinding('gives-instructions', subject), ...textFindings(subject, instructions)];
}

/** Where packages have versions, and so one that is not named is another one tomorrow (gateway.md C2). */
const VERSIONED: readonly ServerSource['kind'][] = ['npm', 'pypi', 'oci'];

function supplyFindings({ source, gaps, installScripts }: SupplyPin): readonly ReviewFinding[] {
	const subject: ReviewSubject = { kind: 'server' };
	return [
		...(VERSIONED.includes(source.kind) && source.version === undefined
			? [reviewFinding('version-not-pinned', subject)]
			: []),
		...(!VERSIONED.includes(source.kind) && gaps.includes(SUPPLY_GAPS.unpinned)
			? [reviewFinding('runs-anything', subject)]
			: []),
		...(installScripts === true ? [reviewFinding('install-scripts', subject)] : []),
		...gaps.map(gap => reviewFinding('supply-gap', subject, gap)),
	];
}
