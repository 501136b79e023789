import { sha256Hex } from '../base/digest';
import { type JsonValue } from '../base/json';
import { type MaskedPlaces } from '../domain/audit/maskedPlaces';
import { type Finding } from '../domain/inspection/finding';
import { maskSecrets, maskText } from '../domain/inspection/maskSecrets';
import { truncateForTrail } from '../domain/inspection/truncateForTrail';
import { type PathFact } from '../domain/policy/facts';
import { SEVERITIES } from '../domain/policy/inspectionPolicy';
import { type FirewallPorts } from './ports';

/** UTF-16 units of one text in an entry; then, where the whole is still too long, of each text in it. */
const TEXT_CAPS = [8_192, 256] as const;
/** UTF-16 units of JSON that one value may take in an entry. */
const MAX_VALUE = 262_144;
const MAX_FINDINGS = 100;
/** Every candidate of a call that names many paths; in all so many UTF-16 units. */
const MAX_PATHS = 1_024;
const MAX_PATHS_TEXT = 65_536;
const MAX_NAMES = 20;
/** A pointer is made of the other side's member names: how much is masked, and how much of that is kept. */
const POINTER_LOOK = 4_096;
const POINTER_KEPT = 300;

/** A value fit for an entry, and the secrets that it held. */
export interface TrailCopy {
	readonly value: JsonValue;
	readonly findings: readonly Finding[];
}

type TrailPorts = Pick<FirewallPorts, 'digest' | 'known'>;

/**
 * The copy of an attacker-controlled value that goes into the trail: masked, then cut to a bounded size with length and
 * digest of what was cut. A huge argument can thus neither fill the disk nor make its own entry unwritable.
 */
export function trailCopy(value: JsonValue, ports: TrailPorts = { digest: sha256Hex }): TrailCopy {
	const { digest } = ports;
	const masked = maskSecrets(value, ports.known?.());
	const findings = trailFindings(masked.findings);
	for (const cap of TEXT_CAPS) {
		const cut = truncateForTrail(masked.value, cap, digest);
		if (JSON.stringify(cut).length <= MAX_VALUE) {
			return { value: cut, findings };
		}
	}
	const text = JSON.stringify(masked.value);
	const hash = digest(new TextEncoder().encode(text));
	return { value: `[cut: len=${String(text.length)} sha256=${hash}]`, findings };
}

/** Findings as an entry keeps them: so many, the gravest where there are more; pointers masked and cut. */
export function trailFindings(findings: readonly Finding[]): readonly Finding[] {
	const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
	// Who floods the entry with trifles must not keep the rest out of it.
	const kept = findings.length > MAX_FINDINGS ? findings.toSorted((a, b) => rank(b) - rank(a)) : findings;
	return kept.slice(0, MAX_FINDINGS).map(finding => ({
		...finding,
		pointer: maskText(finding.pointer.slice(0, POINTER_LOOK)).slice(0, POINTER_KEPT),
	}));
}

/** Every place that the paths can stand for, masked: a path may hold a secret like any other text, or stand under its name. */
export function trailPaths(facts: readonly PathFact[], places: MaskedPlaces): readonly string[] {
	let room = MAX_PATHS_TEXT;
	return facts
		.flatMap(fact => fact.candidates.map(candidate => ({ fact, candidate })))
		.slice(0, MAX_PATHS)
		.filter(({ candidate }) => {
			room -= candidate.length;
			return room >= 0;
		})
		.map(({ fact, candidate }) => places.text(fact, candidate));
}

/** Names of tools in one line; the rest is counted. */
export function nameList(names: readonly string[]): string {
	const more = names.length - MAX_NAMES;
	return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}
