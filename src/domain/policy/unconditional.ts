import { type Rule } from './policy';

/** True for a rule with no condition beyond capability and names. */
export function isUnconditional(rule: Rule): boolean {
	const { pathPrefix, paths, hosts, args, contains, keywords, leafPatterns, labels, trustLevel, direction } = rule;
	const conditions = [
		pathPrefix,
		paths,
		hosts,
		args,
		contains,
		keywords,
		leafPatterns,
		labels,
		trustLevel,
		direction,
	];
	return [...conditions, rule.limits, rule.until].every(condition => condition === undefined);
}
