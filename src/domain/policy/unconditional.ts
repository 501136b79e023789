import { type Rule } from './policy';

/** True for a rule with no condition beyond capability, names and places (paths and hosts). */
export function hasOnlyPlaces(rule: Rule): boolean {
	return (
		rule.args === undefined &&
		rule.contains === undefined &&
		rule.keywords === undefined &&
		rule.leafPatterns === undefined &&
		rule.labels === undefined &&
		rule.trustLevel === undefined &&
		rule.direction === undefined &&
		rule.limits === undefined &&
		rule.until === undefined
	);
}

/** True for a rule with no condition beyond capability and names. */
export function isUnconditional(rule: Rule): boolean {
	return hasOnlyPlaces(rule) && rule.pathPrefix === undefined && rule.paths === undefined && rule.hosts === undefined;
}
