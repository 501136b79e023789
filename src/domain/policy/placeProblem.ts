import { type Phrase, phrase } from '../../base/phrase';
import { type PathProblem } from './facts';
import { type UrlProblem } from './urlFact';

const PATHS: Readonly<Record<PathProblem, Phrase>> = {
	'control-character': phrase('control-character'),
	'no-root': phrase('it is relative, and no workspace folder is known that it could start in'),
	remote: phrase('remote'),
	unresolvable: phrase('unresolvable'),
	confusable: phrase('confusable'),
	'too-long': phrase('too-long'),
};

const URLS: Readonly<Record<UrlProblem, Phrase>> = {
	ambiguous: phrase('ambiguous'),
	unreadable: phrase('unreadable'),
	'too-many': phrase('too-many'),
};

/** Why a path cannot be judged, for people: a word for most, a clause where a word does not say what to do. */
export function pathProblem(problem: PathProblem): Phrase {
	return PATHS[problem];
}

/** Why a URL cannot be judged, in a word for people. */
export function urlProblem(problem: UrlProblem): Phrase {
	return URLS[problem];
}
