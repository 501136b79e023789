import { statusPhrases } from '../domain/registry/statusWords';
import { sayPhrase } from './say';

/** Why a server is not approved, in the language of the editor; what a person or another registry wrote stands as it is. */
export function statusReasonText(reason: string): string {
	return statusPhrases(reason).map(sayPhrase).join('; ');
}
