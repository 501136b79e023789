import { type PolicyLoad } from '../domain/policy/policy';
import { quoteForLabel } from './quote';
import { manageTrust } from './restrictedWorkspace';
import { say, sayCount } from './say';
import { allowRules, describeRule } from './trustText';

/** What a person may do about a workspace's policy; `manage` leads to the editor's own page about trust. */
export type TrustChoice =
	{ readonly kind: 'trust' | 'withdraw' | 'manage' } | { readonly kind: 'line'; readonly line: number };

/** A row of the list, as a quick pick has it; or the heading of those that follow. */
export interface TrustRow {
	readonly label: string;
	readonly description?: string;
	readonly isSeparator?: true;
	readonly choice?: TrustChoice;
}

/** What the list is about. */
export interface TrustListFacts {
	readonly load: PolicyLoad;
	readonly power: 'grants' | 'tightens';
	/** The digest that was trusted at this place. */
	readonly trusted: string | undefined;
	/** False in the editor's Restricted Mode. */
	readonly isTrusted: boolean;
}

/**
 * Whether the allow rules of a workspace's policy count, what to do about it, and the rules as the file has them. INVARIANT: every
 * heading has a row, without which the editor draws neither.
 */
export function trustRows({ load, power, trusted, isTrusted }: TrustListFacts): readonly TrustRow[] {
	const rules = allowRules(load);
	const separator = (label: string): TrustRow => ({ label, isSeparator: true });
	const state = power === 'grants' ? say('Trusted: these rules count') : say('Not trusted: these rules do not count');
	const trust: TrustRow = {
		label: `$(check) ${sayCount(rules.length, 'Trust {0} thing…', 'Trust {0} things…')}`,
		choice: { kind: 'trust' },
	};
	const restricted: TrustRow = {
		label: `$(workspace-untrusted) ${say('This window is restricted: no allow rule of a workspace counts here')}`,
		description: manageTrust().title,
		choice: { kind: 'manage' },
	};
	const actions: readonly TrustRow[] = [
		...(isTrusted ? [] : [restricted]),
		...(isTrusted && rules.length > 0 && trusted !== load.digest ? [trust] : []),
		...(trusted === undefined
			? []
			: [{ label: `$(circle-slash) ${say('Withdraw Trust')}`, choice: { kind: 'withdraw' } as const }]),
	];
	const quoted = rules.map((rule): TrustRow => ({
		label: quoteForLabel(describeRule(rule), 400),
		description: say('line {0}', rule.at.line),
		choice: { kind: 'line', line: rule.at.line },
	}));
	return [
		...(isTrusted && rules.length > 0 && actions.length > 0 ? [separator(state)] : []),
		...actions,
		...(quoted.length === 0
			? [{ label: say('It allows nothing: it only tightens') }]
			: [separator(say('Quoted from the file')), ...quoted]),
	];
}
