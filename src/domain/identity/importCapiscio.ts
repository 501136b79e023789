import { printable } from '../../base/printable';
import { type CapiscioPolicy, type CapiscioTerms } from './capiscioPolicy';
import { type TrustLevel } from './trustLevel';

/**
 * The `identity:` section of a policy that asks of servers what a `capiscio-policy.yaml` asks of callers (identity.md §1), as YAML. Levels
 * carry over. INVARIANT: what has no counterpart (lists of DIDs, rates, operations) is not dropped unseen: a comment names each.
 */
export function importCapiscio(policy: CapiscioPolicy): string {
	const lost = [
		...lostTerms(policy, 'at the top'),
		...policy.rateLimits.map(({ did, rpm }) => `rate limit of ${did}: ${String(rpm)} a minute`),
		...policy.operations.map(({ of }) => `operation ${of}`),
		...[...policy.tools, ...policy.classes].flatMap(item => lostTerms(item, `of ${item.of}`)),
		...policy.classes
			.filter(({ of }) => patternsOf(of).length === 0)
			.map(({ of }) => `class ${of}: it is too deep`),
	];
	const capabilities = policy.classes.flatMap(({ of, minTrustLevel }) =>
		patternsOf(of).flatMap(pattern => lineFor(pattern, minTrustLevel)),
	);
	const tools = policy.tools.flatMap(({ of, minTrustLevel }) => lineFor(`*/${literal(of)}`, minTrustLevel));
	return [
		'# From a capiscio-policy.yaml. There, levels are asked of callers; here they are asked of servers.',
		...lost.map(what => `# Not carried over: ${printable(what)}`),
		'identity:',
		'  mode: guard',
		...(policy.minTrustLevel === undefined ? [] : [`  min_trust_level: '${policy.minTrustLevel}'`]),
		...section('capabilities', capabilities),
		...section('tools', tools),
		'',
	].join('\n');
}

function lostTerms({ allowedDids, deniedDids }: CapiscioTerms, where: string): readonly string[] {
	return [
		...(allowedDids.length > 0 ? [`allowed_dids ${where}: ${allowedDids.join(', ')}`] : []),
		...(deniedDids.length > 0 ? [`denied_dids ${where}: ${deniedDids.join(', ')}`] : []),
	];
}

/** A class covers what lies below it; capabilities here have two parts. */
function patternsOf(of: string): readonly string[] {
	const parts = of.split('.').length;
	return parts === 1 ? [`${of}.*`] : parts === 2 ? [of] : [];
}

function lineFor(pattern: string, level: TrustLevel | undefined): readonly string[] {
	return level === undefined ? [] : [`    ${JSON.stringify(pattern)}: { min_trust_level: '${level}' }`];
}

function section(key: string, lines: readonly string[]): readonly string[] {
	return lines.length === 0 ? [] : [`  ${key}:`, ...new Set(lines)];
}

/** A glob that is this text alone: `?` for what globs read otherwise asks of a few more tools, never of fewer. */
function literal(text: string): string {
	return text.replace(/[*?[\]{}()!\\@+]/g, '?');
}
