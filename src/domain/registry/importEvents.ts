import { type AuditRecord } from '../audit/auditRecord';
import { type Import } from './importEntries';
import { fingerprintOf, type Publisher } from './registryBundle';
import { registryDigest } from './serverEntry';

/** What the trail is told of each server that an import brought or revoked. */
export function importEvents(
	{ entries, added }: Pick<Import, 'entries' | 'added'>,
	{ key }: Publisher,
): readonly (Pick<AuditRecord, 'server' | 'actor' | 'after' | 'detail'> & {
	readonly event: 'server-guarded' | 'server-revoked';
})[] {
	const signedBy = fingerprintOf(key);
	return entries.map(entry => {
		const { id, name, revision, status: review } = entry;
		const isNew = added.includes(name);
		return {
			event: isNew ? 'server-guarded' : 'server-revoked',
			actor: 'person',
			server: { id, name, revision, review, signedBy },
			after: registryDigest(entry),
			detail: isNew
				? 'from a signed registry, it waits for a review'
				: 'as the publisher of a signed registry did',
		};
	});
}
