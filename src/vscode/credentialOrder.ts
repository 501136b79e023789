import { type CredentialReference } from '../domain/registry/credential';
import { type ServerEntry } from '../domain/registry/serverEntry';

/** One thing to do about one secret. */
export interface CredentialOrder {
	readonly entry: ServerEntry;
	readonly reference: CredentialReference;
	readonly action: 'rotate' | 'revoke';
}

/**
 * What the arguments of "Manage Credentials…" ask for: id of a server, kind and name of a credential, `rotate` or `revoke`.
 * `gone`: there is no such credential any more. Undefined without such arguments: then a person says what is meant.
 */
export function credentialOrder(
	[serverId, kind, name, action]: readonly unknown[],
	find: (serverId: string) => ServerEntry | undefined,
): CredentialOrder | 'gone' | undefined {
	if (typeof serverId !== 'string' || (action !== 'rotate' && action !== 'revoke')) {
		return undefined;
	}
	const entry = find(serverId);
	const reference = entry?.credentials.find(each => each.kind === kind && each.name === name);
	return entry === undefined || reference === undefined ? 'gone' : { entry, reference, action };
}
