import { coversCapability } from './capabilityName';
import { compileNameGlob, hasGlobMagic } from './glob';
import { compileHostPattern, coversHost, type HostPattern } from './hostPattern';
import { isBelow } from './pathSegments';
import { type Rule } from './policy';
import { hasOnlyPlaces } from './unconditional';

/**
 * True when every call that `narrow` speaks of is spoken of by `wide` for sure. Undecided cases are false: conditions
 * other than names, hosts and places are not compared.
 */
export function coversRule(wide: Rule, narrow: Rule): boolean {
	const { hosts, pathPrefix, paths } = wide;
	return (
		hasOnlyPlaces(wide) &&
		coversPattern(wide.capability, narrow.capability) &&
		coversNames(wide.servers, narrow.servers) &&
		coversNames(wide.tools, narrow.tools) &&
		(pathPrefix === undefined || (narrow.pathPrefix !== undefined && isBelow(narrow.pathPrefix, pathPrefix))) &&
		(paths === undefined || (narrow.paths?.every(glob => paths.includes(glob)) ?? false)) &&
		(hosts === undefined || (narrow.hosts?.every(host => isHostCovered(host, hosts)) ?? false))
	);
}

/** True when an entry of `hosts:` fits nothing that one of the others does not fit. */
export function isHostCovered(host: string, others: readonly string[]): boolean {
	const inner = pattern(host);
	return (
		inner !== undefined &&
		others.some(other => {
			const outer = pattern(other);
			return outer !== undefined && coversHost(outer, inner);
		})
	);
}

function pattern(text: string): HostPattern | undefined {
	const outcome = compileHostPattern(text);
	return outcome.ok ? outcome.pattern : undefined;
}

function coversPattern(wide: string, narrow: string): boolean {
	return coversCapability(wide, narrow) || (wide === '*' && narrow !== '*');
}

function coversNames(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
	if (wide === undefined) {
		return true;
	}
	return (
		narrow?.every(
			name =>
				wide.includes(name) ||
				(!hasGlobMagic(name) &&
					wide.some(glob => {
						const outcome = compileNameGlob(glob);
						return outcome.ok && outcome.glob.matches(name);
					})),
		) ?? false
	);
}
