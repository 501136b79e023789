import { type IdentityFetch } from '../domain/identity/identityFetch';
import { guardedFetch } from '../proxy/identity/guardedFetch';
import { systemClock } from '../storage/system';

let made: IdentityFetch | undefined;

/** What documents of issuers are fetched with; one for this process. */
export function identityFetch(): IdentityFetch {
	return (made ??= guardedFetch({ clock: systemClock }));
}
