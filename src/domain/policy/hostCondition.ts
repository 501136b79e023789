import { inEnglish, phrase } from '../../base/phrase';
import { type CallView } from './callView';
import { type Condition } from './condition';
import { compileHostPattern, fitsHost, type HostPattern } from './hostPattern';
import { type Rule } from './policy';
import { urlProblem } from './placeProblem';
import { type UrlFact, type UrlReading } from './urlFact';

/** The compiled `hosts:` of a rule. */
export interface HostMatcher {
	readonly condition: Condition;
	/** True when every way to read the URL fits an entry for sure. */
	covers(url: UrlFact): boolean;
}

/**
 * Compiles `hosts`. A deny or approval holds when any reading of any URL fits, or cannot be told to differ; an allow
 * holds only when there is a URL to go to, every reading of each and of each possible host fits, and none has a problem.
 */
export function compileHosts(rule: Rule): HostMatcher | undefined {
	const { hosts } = rule;
	if (hosts === undefined) {
		return undefined;
	}
	const patterns = hosts.map(usable);
	const fits = (reading: UrlReading, sure: boolean) =>
		patterns.some(pattern => {
			const outcome = fitsHost(pattern, reading);
			return outcome === 'yes' || (outcome === 'unknown' && !sure);
		});
	const covers = (url: UrlFact) =>
		url.problem === undefined && url.readings.length > 0 && url.readings.every(reading => fits(reading, true));
	const holds = (call: CallView) => {
		if (rule.effect !== 'allow') {
			return call.urls.some(url => url.readings.some(reading => fits(reading, false)));
		}
		return call.urls.some(url => url.destination) && call.urls.filter(isBound).every(covers);
	};
	const condition: Condition = {
		name: 'hosts',
		test: call => (holds(call) ? 'holds' : 'fails'),
		why(call) {
			const bound = call.urls.filter(isBound);
			if (holds(call)) {
				return rule.effect === 'allow' ? phrase('every URL goes there') : phrase('a URL goes there');
			}
			if (rule.effect !== 'allow') {
				return phrase('no URL goes there');
			}
			const at = bound.findIndex(url => !covers(url));
			const problem = bound[at]?.problem;
			return at < 0 || !call.urls.some(url => url.destination)
				? phrase('the call names no URL')
				: problem === undefined
					? phrase('URL {0} of {1} goes elsewhere', at + 1, bound.length)
					: phrase('URL {0} of {1} cannot be judged: {2}', at + 1, bound.length, urlProblem(problem));
		},
	};
	return { condition, covers };
}

/** True for what an allow has to cover: where the call goes, and where it may go. */
export function isBound(url: UrlFact): boolean {
	return url.destination || url.possible === true;
}

function usable(text: string): HostPattern {
	const outcome = compileHostPattern(text);
	if (!outcome.ok) {
		throw new TypeError(inEnglish(outcome.why));
	}
	return outcome.pattern;
}
