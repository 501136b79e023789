import { errorText, FirewallError } from '../../base/errors';
import { phrase } from '../../base/phrase';
import { addressPhrase, type CheckedTarget, checkTarget } from '../upstream/httpTarget';

/**
 * Where a decision service is: https, or http on this machine (a decision that others can read or change on the way is none).
 * `headers` are secrets, from configuration. Throws `config-invalid`, with no value of a header in it.
 */
export function decisionTarget(url: string, headers: Readonly<Record<string, string>> = {}): CheckedTarget {
	try {
		return checkTarget({ kind: 'http', url, headers });
	} catch (error) {
		const why = errorText(error).replace('of the server ', '').replace('for servers on', 'for services on');
		throw new FirewallError(
			'config-invalid',
			phrase('The decision service cannot be used: {0}', addressPhrase(why)),
		);
	}
}
