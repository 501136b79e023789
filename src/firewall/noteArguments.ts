import { type JsonObject } from '../base/json';
import { canonicalArguments, paramsHash } from '../domain/audit/paramsHash';
import { type Draft } from './ending';
import { type PathContext } from './pathContext';

/**
 * Notes by what the arguments of a call can be known again, which the entry has masked (A4): keyed, and, where it is wanted, as
 * RFC-006 has it. `sent`: as they go to the server, or would have.
 */
export function noteArguments({ ports }: Pick<PathContext, 'ports'>, sent: JsonObject | undefined, draft: Draft): void {
	const wanted = ports.paramsHash?.() ?? true;
	const canonical = ports.mac !== undefined || wanted ? canonicalArguments(sent) : undefined;
	if (canonical === undefined) {
		return;
	}
	if (ports.mac !== undefined) {
		draft.argumentsMac = `hmac-sha256:${ports.mac(canonical)}`;
	}
	if (wanted) {
		draft.paramsHash = paramsHash(canonical, ports.digest);
	}
}
