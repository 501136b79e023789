import { type PathFact } from '../policy/facts';
import { type UrlFact } from '../policy/urlFact';
import { type GrantBinding } from './grant';

/** The call that a grant is asked for, or that asks to be covered by one. */
export interface GrantCall {
	readonly session: string;
	/** Digest of the workspace; undefined where none is open. */
	readonly workspace: string | undefined;
	/** The DID that the server has proven; absent where it has none. */
	readonly did?: string;
	readonly binding: GrantBinding;
	/** Over tool, arguments and paths. */
	readonly digest: string;
	readonly paths: readonly PathFact[];
	/** Texts that may be names of files (`CallFacts.possiblePaths`). */
	readonly possiblePaths: readonly PathFact[];
	readonly urls: readonly UrlFact[];
	/** What the session has met at this call (sessionLabel.ts); absent: not known. */
	readonly labels?: ReadonlySet<string>;
	/** An argument says that it does more than its tool usually does (hourReach.ts). */
	readonly loud?: true;
	/** The open folders, canonical. */
	readonly roots?: readonly string[];
	/** A path or URL holds a secret: a grant names none of them. */
	readonly secretPlaces?: true;
}
