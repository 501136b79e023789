import { type ServerAuth } from '../audit/auditRecord';
import { type ResolvedHttpLaunch, type ResolvedLaunch } from './resolveLaunch';
import { type ServerEntry } from './serverEntry';

/**
 * By what a start makes sure that the server is the reviewed one: digests of an image or of files; of a server by URL its
 * certificate, and where we are signed in there the tokens that it alone takes. `none`: there is nothing to go by.
 */
export function authMethod(
	{ supply, credentials }: Pick<ServerEntry, 'supply' | 'credentials'>,
	launch: ResolvedLaunch | ResolvedHttpLaunch,
): ServerAuth['method'] {
	if ('url' in launch) {
		const secure = /^https:/i.test(launch.url);
		return !secure ? 'none' : credentials.some(({ kind }) => kind === 'oauth') ? 'oauth' : 'tls';
	}
	const { source, integrity, files } = supply;
	return source.kind === 'oci' && integrity !== undefined
		? 'image-digest'
		: files.length > 0
			? 'file-digest'
			: 'none';
}
