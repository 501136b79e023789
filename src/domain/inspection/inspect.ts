import { isJsonArray, MAX_JSON_DEPTH, pointerToken, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';
import { type Finding } from './finding';
import { findInstructions } from './findInstructions';

/** Rule of the finding that says: more than the budget or the depth allows; what is below `pointer` was not looked at. */
export const INCOMPLETE = 'inspection-incomplete';

/** Characters of one value that are looked at. */
export const INSPECT_BUDGET = 8_388_608;

/** Findings after which the rest of a value is not looked at any more. */
const MAX_FINDINGS = 2_000;

/** True for a finding that makes a leaf evidence instead of text: instruction-shaped or hidden, and not of low severity. */
export function isOffending(finding: Pick<Finding, 'kind' | 'severity'>): boolean {
	return finding.kind !== 'secret' && finding.severity !== 'low';
}

/**
 * Instruction-shaped and hidden text in every string leaf and every object key of a message part. A finding in a key
 * points to the object that has the key, and what an offending key leads to is not looked at: it goes with the key. An
 * `inspection-incomplete` finding says what was not looked at: a leaf beyond the budget, a value too deep, or, at the root
 * (pointer ''), everything after the first findings beyond the limit.
 * Never throws. The value is attacker-controlled.
 */
export function inspectValue(value: JsonValue, budget = INSPECT_BUDGET): readonly Finding[] {
	return runSteps(inspectSteps(value, budget));
}

/** `inspectValue`, in slices. */
export function* inspectSteps(value: JsonValue, budget = INSPECT_BUDGET): Steps<readonly Finding[]> {
	const findings: Finding[] = [];
	let left = budget;
	const look = (text: string, pointer: string): boolean => {
		if (findings.length > MAX_FINDINGS) {
			return false;
		}
		if (text.length > left) {
			findings.push(incomplete(pointer, 'The text is too long to be inspected.'));
			return true;
		}
		left -= text.length;
		let offending = false;
		for (const hit of findInstructions(text)) {
			findings.push({ ...hit, pointer });
			offending ||= isOffending(hit);
		}
		return offending;
	};
	function* walk(item: JsonValue | undefined, pointer: string, depth: number): Steps<void> {
		yield;
		if (typeof item === 'string') {
			look(item, pointer);
		} else if (typeof item !== 'object' || item === null) {
			return;
		} else if (depth > MAX_JSON_DEPTH) {
			findings.push(incomplete(pointer, 'The value is nested too deep to be inspected.'));
		} else if (isJsonArray(item)) {
			for (const [index, child] of item.entries()) {
				yield* walk(child, `${pointer}/${String(index)}`, depth + 1);
			}
		} else {
			for (const [key, child] of Object.entries(item)) {
				if (!look(key, pointer)) {
					yield* walk(child, `${pointer}/${pointerToken(key)}`, depth + 1);
				}
			}
		}
	}
	yield* walk(value, '', 0);
	if (findings.length > MAX_FINDINGS) {
		findings.push(incomplete('', 'Too much was found to go on looking.'));
	}
	return findings;
}

function incomplete(pointer: string, advice: string): Finding {
	return { kind: 'hidden-text', rule: INCOMPLETE, severity: 'medium', pointer, span: { start: 0, end: 0 }, advice };
}
