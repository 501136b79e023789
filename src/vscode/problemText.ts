import { errorPhrase } from '../base/errors';
import { problemPhrase } from '../domain/registry/problemWords';
import { sayPhrase } from './say';

/** What is wrong with a file, the registry or a launch, in the language of the editor; what the system says stands as it is. */
export function problemText(problem: string): string {
	return sayPhrase(problemPhrase(problem));
}

/** Why something failed, in the language of the editor; the words of the system and of servers stand as they are. */
export function failureText(error: unknown): string {
	return sayPhrase(errorPhrase(error));
}
