import { type Phrase, phrase } from '../../base/phrase';
import { UNKNOWN_CAPABILITY } from '../policy/capabilityName';
import { type Deed, expectedDeeds } from './expectedDeeds';
import { type ProbeConnection, type ProbeFile, type ProbeReport, type ProbeSeen, type ProbeStep } from './probeReport';

/** Something that a server did and that its declared capability does not cover. */
export interface ProbeMismatch {
	/** Attacker-controlled; empty where it was not seen while a tool was called. */
	readonly tool: string;
	/** As declared; empty where it was not seen while a tool was called. */
	readonly capability: string;
	readonly deed: Deed | 'leak';
	/** `high` stands in the way of a review; `low` is what honest programs do as well. */
	readonly severity: 'low' | 'medium' | 'high';
	/** One sentence of ours. */
	readonly advice: Phrase;
	/** Files, addresses or programs, at most so many. Attacker-controlled. */
	readonly evidence: readonly string[];
}

/** Evidence that one mismatch names; the report has all of it. */
const MAX_EVIDENCE = 8;

const DID: Readonly<Record<Deed, (who: Phrase) => Phrase>> = {
	write: who => phrase('{0} wrote files.', who),
	delete: who => phrase('{0} deleted files.', who),
	connect: who => phrase('{0} reached for the network.', who),
	listen: who => phrase('{0} opened a port for others.', who),
	child: who => phrase('{0} started other programs.', who),
};

/** What only files can be: of little weight, or seen where others write as well. */
const FILES = {
	write: {
		petty: (who: Phrase) => phrase('{0} wrote files, temporary ones and caches.', who),
		shared: phrase('While the probe ran, this server or another program wrote files in the open folders.'),
	},
	delete: {
		petty: (who: Phrase) => phrase('{0} deleted files, temporary ones and caches.', who),
		shared: phrase('While the probe ran, this server or another program deleted files in the open folders.'),
	},
} as const;

/**
 * Holds what was seen against what was declared (N9). What a server does by itself is held against all that its tools together
 * may do; it may start programs when it starts, since a launcher is one.
 */
export function probeFindings(report: ProbeReport): readonly ProbeMismatch[] {
	const declared = report.steps.filter(({ kind }) => kind === 'tool').map(({ capability }) => capability);
	const together = new Set<Deed>(declared.flatMap(capability => [...expectedDeeds(capability)]));
	return report.steps.flatMap(step => {
		switch (step.kind) {
			case 'tool':
				return mismatches(step, expectedDeeds(step.capability));
			case 'start':
				return mismatches(step, new Set([...together, 'child' as const]));
			case 'afterwards':
				return mismatches(step, together);
		}
	});
}

/** True where a mismatch stands in the way of a review. */
export function blocksReview(mismatches: readonly ProbeMismatch[]): boolean {
	return mismatches.some(({ severity }) => severity === 'high');
}

function mismatches(step: ProbeStep, expected: ReadonlySet<Deed>): readonly ProbeMismatch[] {
	const { seen, tool, capability } = step;
	const found: ProbeMismatch[] = [];
	const add = (deed: ProbeMismatch['deed'], severity: ProbeMismatch['severity'], advice: Phrase, all: string[]) => {
		if (all.length > 0) {
			found.push({ tool, capability, deed, severity, advice, evidence: all.slice(0, MAX_EVIDENCE) });
		}
	};
	const who = whoOf(step);
	const severity = capability === UNKNOWN_CAPABILITY ? 'medium' : 'high';
	for (const deed of ['write', 'delete', 'connect', 'listen', 'child'] as const) {
		if (!expected.has(deed)) {
			const { plain, petty, shared } = evidenceOf(seen, deed);
			add(deed, severity, DID[deed](who), plain);
			if (deed === 'write' || deed === 'delete') {
				add(deed, 'low', FILES[deed].petty(who), petty);
				add(deed, 'medium', FILES[deed].shared, shared);
			}
		}
	}
	const leaks = seen.connections.filter(({ leaked }) => leaked === true).map(addressText);
	add('leak', 'high', phrase('{0} sent a marked value of the probe away.', who), leaks);
	return found;
}

function whoOf({ kind, capability }: ProbeStep): Phrase {
	switch (kind) {
		case 'tool':
			return capability === UNKNOWN_CAPABILITY
				? phrase('A tool without a known capability')
				: phrase('A tool that counts as {0}', capability);
		case 'start':
			return phrase('The server, by starting,');
		case 'afterwards':
			return phrase('The server, after the calls,');
	}
}

interface Evidence {
	readonly plain: string[];
	readonly petty: string[];
	/** Seen where other programs write as well. */
	readonly shared: string[];
}

const NONE: Evidence = { plain: [], petty: [], shared: [] };

function evidenceOf(seen: ProbeSeen, deed: Deed): Evidence {
	switch (deed) {
		case 'write':
			return filesOf(seen.files.filter(({ kind }) => kind !== 'deleted'));
		case 'delete':
			return filesOf(seen.files.filter(({ kind }) => kind === 'deleted'));
		case 'connect':
			return { ...NONE, plain: seen.connections.filter(({ kind }) => kind !== 'listening').map(addressText) };
		case 'listen':
			return { ...NONE, plain: seen.connections.filter(({ kind }) => kind === 'listening').map(addressText) };
		case 'child':
			return { ...NONE, plain: [...seen.children] };
	}
}

function filesOf(files: readonly ProbeFile[]): Evidence {
	const shared = files.filter(({ place }) => place === 'real-workspace');
	const petty = files.filter(file => !shared.includes(file) && isPetty(file));
	const plain = files.filter(file => !shared.includes(file) && !petty.includes(file));
	return { plain: plain.map(fileText), petty: petty.map(fileText), shared: shared.map(fileText) };
}

/** Temporary files and caches, where honest programs write as well. */
function isPetty({ place, path }: ProbeFile): boolean {
	return place === 'temporary' || (place === 'home' && /^(?:\.cache|\.npm|Library[/\\]Caches)[/\\]/.test(path));
}

/** A file as `workspace: notes.txt`. The path is attacker-controlled. */
export function fileText({ place, path }: ProbeFile): string {
	return `${place}: ${path}`;
}

/** An address as `host:port`. Attacker-controlled. */
export function addressText({ host, port }: ProbeConnection): string {
	return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
