import { type JsonValue } from '../../base/json';
import { type Ceiling } from '../registry/serverEntry';
import { holdsSecret } from './holdsSecret';
import { maskSecrets } from './maskSecrets';
import { type OwnMarks } from './ownMarks';

/** One reason why data is more than public. */
export interface SensitivePlace {
	/** JSON pointer; empty where only the whole tells. Made of attacker-controlled member names. */
	readonly pointer: string;
	readonly label: Exclude<Ceiling, 'public'>;
	/** Id of the rule that says so. */
	readonly rule: string;
}

/** What data is, at its most sensitive. */
export interface Sensitivity {
	readonly label: Ceiling;
	/** At most 20. */
	readonly places: readonly SensitivePlace[];
}

const MAX_PLACES = 20;
const RANK: Readonly<Record<Ceiling, number>> = { public: 0, internal: 1, secret: 2 };

/** True when data of this label may not go to a server with this ceiling. */
export function isAbove(label: Ceiling, ceiling: Ceiling): boolean {
	return RANK[label] > RANK[ceiling];
}

/**
 * How sensitive attacker-controlled data is: `secret` for keys, tokens and passwords in any form that `holdsSecret` knows,
 * `internal` for what tells of this machine. What is worded differently, or encrypted, is not seen.
 */
export function sensitivityOf(value: JsonValue, marks: OwnMarks): Sensitivity {
	const secrets = maskSecrets(value).findings.map(
		({ pointer, rule }) => ({ pointer, label: 'secret', rule }) as const,
	);
	const hidden = secrets.length === 0 && holdsSecret(value);
	const own = marks.find(value).map(({ pointer, rule }) => ({ pointer, label: 'internal', rule }) as const);
	const places: readonly SensitivePlace[] = [
		...secrets,
		...(hidden ? ([{ pointer: '', label: 'secret', rule: 'hidden-secret' }] as const) : []),
		...own,
	];
	const label = secrets.length > 0 || hidden ? 'secret' : own.length > 0 ? 'internal' : 'public';
	return { label, places: places.slice(0, MAX_PLACES) };
}
